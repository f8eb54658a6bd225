/**
 * Bytes in a DynamoDB table. What fits stands in the head; what does not is cut into parts under a generation of its own,
 * and the head is written last: a reader finds the old bytes or the new ones, and never half of either.
 *
 *   pk             sk                    item
 *   BYTES#<key>    HEAD                  generation, length, number of parts; the bytes where they fit
 *   BYTES#<key>    <generation>#<part>   a part
 */
import { StateError } from '../errors.ts';
import type { Lease, StateStore } from './state-store.ts';

/** Well inside the 400 KB of an item, names and numbers included. DynamoDB developer guide, Constraints, read 2026-11-24. */
const partBytes = 350_000;
/** Tries of a read whose parts a writer has just replaced; each needs another whole write in between. */
const readTries = 5;

type Table = {
  readonly get: <T>(pk: string, sk: string) => Promise<T | undefined>;
  /** With a lease, refused when it was taken over. */
  readonly put: (item: object, lease?: Lease) => Promise<unknown>;
  readonly remove: (pk: string, sk: string) => Promise<unknown>;
};

type Head = {
  readonly generation: number;
  readonly length: number;
  /** 0 = the bytes stand in the head. */
  readonly parts: number;
  readonly bytes?: Uint8Array;
};

export function dynamoBytes({ get, put, remove }: Table): Pick<StateStore, 'bytes' | 'putBytes'> {
  const headOf = (pk: string): Promise<Head | undefined> => get<Head>(pk, 'HEAD');
  return {
    async bytes(key) {
      const pk = `BYTES#${key}`;
      for (let attempt = 1; attempt <= readTries; attempt += 1) {
        const head = await headOf(pk);
        if (head === undefined) return undefined;
        if (head.parts === 0) return head.bytes ?? new Uint8Array();
        const parts: Uint8Array[] = [];
        for (let part = 0; part < head.parts; part += 1) {
          const item = await get<{ bytes: Uint8Array }>(pk, partName(head.generation, part));
          // A writer has come to an end in the meantime and removed what the head named.
          if (item === undefined) break;
          parts.push(item.bytes);
        }
        if (parts.length === head.parts) return Buffer.concat(parts, head.length);
      }
      throw new StateError(`the state is damaged: parts of ${key} are missing; restore a backup of the table`);
    },
    async putBytes(key, bytes, at, lease) {
      const pk = `BYTES#${key}`;
      const before = await headOf(pk);
      const generation = (before?.generation ?? 0) + 1;
      const parts = bytes.length <= partBytes ? 0 : Math.ceil(bytes.length / partBytes);
      for (let part = 0; part < parts; part += 1) {
        const own = bytes.subarray(part * partBytes, (part + 1) * partBytes);
        await put({ pk, sk: partName(generation, part), bytes: own, at }, lease);
      }
      const head: Head = { generation, length: bytes.length, parts, ...(parts === 0 ? { bytes } : {}) };
      await put({ pk, sk: 'HEAD', ...head, at }, lease);
      for (let part = 0; part < (before?.parts ?? 0); part += 1)
        await remove(pk, partName(before?.generation ?? 0, part));
    },
  };
}

function partName(generation: number, part: number): string {
  return `${generation}#${part}`;
}
