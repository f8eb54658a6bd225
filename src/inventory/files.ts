/** Files as an inventory needs them: whole or not there at all, for their owner's eyes only, read line by line. */
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Each block is one write; a record is far too small for that. */
const blockChars = 1 << 18;

/** Written beside its place and renamed, so that a run that is killed leaves the earlier file or none. @throws the error of the file system */
export async function writeWhole(path: string, pieces: Iterable<string>): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(unfinished, inBlocks(pieces), { mode: 0o600 });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Lines end with a line feed and nothing else: `node:readline` would also cut at U+2028, which tags may contain. */
export async function* linesOf(path: string): AsyncIterable<string> {
  let rest = '';
  for await (const piece of createReadStream(path, 'utf8')) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** Whether the file system said so; `code` is for instance ENOENT. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** Why a file cannot be used, in words. */
export function fileProblem({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'no such file';
  return message;
}

function* inBlocks(pieces: Iterable<string>): Iterable<string> {
  let block = '';
  for (const piece of pieces) {
    block += piece;
    if (block.length < blockChars) continue;
    yield block;
    block = '';
  }
  yield block;
}
