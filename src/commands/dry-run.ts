/** A state that is forgotten: `--dry-run` compares with what is remembered and keeps nothing. */
import { openSqliteStore } from '../state/sqlite-store.ts';
import type { StateStore } from '../state/state-store.ts';

/** An in-memory copy of the findings; messages and runs are not needed to tell what changed. */
export async function newStoreLike(original: StateStore): Promise<StateStore> {
  const copy = openSqliteStore(':memory:');
  const now = new Date().toISOString();
  const lease = await copy.acquireLease({ name: 'copy', runId: 'copy', ttlMs: 60_000, now });
  let batch = [];
  for await (const record of original.findings()) {
    batch.push(record);
    if (batch.length < 500) continue;
    await copy.saveFindings(lease, batch);
    batch = [];
  }
  await copy.saveFindings(lease, batch);
  await copy.releaseLease(lease);
  // The ledger and what was learned from it are read where they are: without them nothing would be unusual.
  return { ...copy, bytes: async (key) => (await copy.bytes(key)) ?? original.bytes(key) };
}
