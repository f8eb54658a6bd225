/** Files of the simulated Slack: announced, uploaded, completed, and shown by messages once they are taken in. */
import type { IncomingMessage } from 'node:http';

export type SlackFile = {
  readonly id: string;
  readonly name: string;
  /** As announced. */
  readonly length: number;
  bytes: Buffer;
  isComplete: boolean;
  /** Messages that show it and are still refused: files are taken in after the upload was answered. */
  refusalsLeft: number;
};

/** Slack's word for a no; `errors` = where, as Slack adds for blocks. */
export class Refusal extends Error {
  readonly errors: readonly string[] | undefined;
  constructor(word: string, errors?: readonly string[]) {
    super(word);
    this.errors = errors;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: decoded form or JSON
type Arguments = Record<string, any>;

type FileRoom = {
  readonly files: Map<string, SlackFile>;
  readonly uploadUrl: (id: string) => string;
  /** @throws Refusal for a channel that cannot be written to */
  readonly join: (channel: unknown) => unknown;
  /** Messages that are refused before a file is taken in. */
  readonly refusals: number;
};

export function fileMethods({ files, uploadUrl, join, refusals }: FileRoom) {
  return {
    'files.getUploadURLExternal': (given: Arguments) => {
      const length = Number(given['length']);
      if (!given['filename'] || !(length > 0)) throw new Refusal('invalid_arguments');
      const id = `F${String(files.size + 1).padStart(9, '0')}`;
      const name = String(given['filename']);
      files.set(id, { id, name, length, bytes: Buffer.alloc(0), isComplete: false, refusalsLeft: refusals });
      return { ok: true, file_id: id, upload_url: uploadUrl(id) };
    },
    'files.completeUploadExternal': (given: Arguments) => {
      const named: { id: string; title?: string }[] =
        typeof given['files'] === 'string' ? JSON.parse(given['files']) : given['files'];
      if (!Array.isArray(named) || named.length === 0) throw new Refusal('invalid_arguments');
      const found = named.flatMap(({ id }) => files.get(id) ?? []);
      if (found.length < named.length || found.some(({ bytes }) => bytes.length === 0))
        throw new Refusal('file_not_found');
      if (given['channel_id'] !== undefined) join(given['channel_id']);
      for (const file of found) file.isComplete = true;
      return { ok: true, files: named.map(({ id, title }) => ({ id, title: title ?? files.get(id)?.name })) };
    },
  };
}

/** Raw or as a form. @returns false for bytes of another length than announced */
export async function takeBytes(file: SlackFile | undefined, request: IncomingMessage, body: Buffer): Promise<boolean> {
  const type = request.headers['content-type'] ?? '';
  const bytes = type.startsWith('multipart/form-data') ? await fromForm(type, body) : body;
  if (file === undefined || bytes.length !== file.length) return false;
  file.bytes = bytes;
  return true;
}

async function fromForm(type: string, body: Buffer): Promise<Buffer> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const [value] = [...form.values()];
  if (value === undefined) return Buffer.alloc(0);
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer());
}

/**
 * Only pictures that have arrived whole can be shown.
 * Slack's own words for the refusal: python-slack-sdk issue 1658, read 2026-11-25.
 */
export function showFile(file: SlackFile | undefined, blockIndex: number): void {
  const isPicture = file?.bytes.subarray(1, 4).toString('latin1') === 'PNG';
  if (isPicture && file?.isComplete === true && file.refusalsLeft === 0) return;
  if (file !== undefined && file.refusalsLeft > 0) file.refusalsLeft -= 1;
  throw new Refusal('invalid_blocks', [`invalid slack file [json-pointer:/blocks/${blockIndex}/slack_file]`]);
}
