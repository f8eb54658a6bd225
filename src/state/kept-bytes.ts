/**
 * Bytes in a state store: cut into parts that every store can hold (a DynamoDB item has 400 KB), under two generations
 * in turn, so that a reader finds the old bytes or the new ones and never half of either.
 */
import { StateError } from '../errors.ts';
import type { KeptBytes } from '../model/bill.ts';
import type { Lease, StateStore } from './state-store.ts';

/** As base64 it is a third more; well inside an item. */
const partBytes = 200_000;

type Head = { readonly generation: 0 | 1; readonly parts: number; readonly length: number };

/**
 * @param prefix tells users apart
 * @throws StateConflictError on writing when the lease was taken over; StateError on reading when parts are missing
 */
export function keptBytes(
  store: Pick<StateStore, 'value' | 'putValue'>,
  { prefix, lease, now }: { readonly prefix: string; readonly lease?: Lease; readonly now: () => string },
): KeptBytes {
  const headKey = (key: string): string => `bytes/${prefix}/${key}`;
  const partKey = (key: string, generation: number, part: number): string => `${headKey(key)}/${generation}/${part}`;
  const headOf = async (key: string): Promise<Head | undefined> =>
    (await store.value(headKey(key)))?.value as Head | undefined;
  return {
    async read(key) {
      const head = await headOf(key);
      if (head === undefined) return undefined;
      const parts: Buffer[] = [];
      for (let part = 0; part < head.parts; part += 1) {
        const found = await store.value(partKey(key, head.generation, part));
        if (typeof found?.value !== 'string') throw damaged(headKey(key));
        parts.push(Buffer.from(found.value, 'base64'));
      }
      const bytes = Buffer.concat(parts);
      if (bytes.length !== head.length) throw damaged(headKey(key));
      return bytes;
    },
    async write(key, bytes) {
      const before = await headOf(key);
      const generation = before?.generation === 0 ? 1 : 0;
      const parts = Math.ceil(bytes.length / partBytes);
      const at = now();
      for (let part = 0; part < parts; part += 1) {
        const piece = bytes.subarray(part * partBytes, (part + 1) * partBytes);
        await store.putValue(partKey(key, generation, part), Buffer.from(piece).toString('base64'), at, lease);
      }
      const head: Head = { generation, parts, length: bytes.length };
      await store.putValue(headKey(key), head, at, lease);
    },
  };
}

function damaged(key: string): StateError {
  return new StateError(
    `the state is damaged: parts of ${key} are missing; restore a backup or begin with a new state`,
  );
}
