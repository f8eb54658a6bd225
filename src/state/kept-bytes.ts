/** Bytes of one user of the state: its keys stand under its name, its writes carry the lease of the run. */
import type { KeptBytes } from '../model/bill.ts';
import type { Lease, StateStore } from './state-store.ts';

/**
 * @param prefix tells users apart
 * @throws StateConflictError on writing when the lease was taken over
 */
export function keptBytes(
  store: Pick<StateStore, 'bytes' | 'putBytes'>,
  { prefix, lease, now }: { readonly prefix: string; readonly lease?: Lease; readonly now: () => string },
): KeptBytes {
  return {
    read: (key) => store.bytes(`${prefix}/${key}`),
    write: (key, bytes) => store.putBytes(`${prefix}/${key}`, bytes, now(), lease),
  };
}
