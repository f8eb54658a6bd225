/** JSON documents given to a command: read from a file or standard input, refused in one line that names the place. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { z } from 'zod';
import { ConfigError } from '../errors.ts';

/** What messages call it. */
export function placeOf(path: string | undefined): string {
  return path === undefined || path === '-' ? 'standard input' : path;
}

/** @throws ConfigError naming place, member and what is expected there */
export async function readJson<T extends z.ZodType>(path: string | undefined, shape: T): Promise<z.output<T>> {
  const place = placeOf(path);
  const content = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new ConfigError(`${place}: is no JSON: ${messageOf(error)}; was it written to its end?`, { cause: error });
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = (issue?.path ?? []).map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  throw new ConfigError(
    `${place}: ${at.replace(/^\./, '') || 'the document'}: ${issue?.message ?? 'is not as expected'}`,
  );
}

async function readText(path: string | undefined): Promise<string> {
  if (path === undefined || path === '-') return text(process.stdin);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`--input ${path}: cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
