/** The history that a simulated organization comes with, so that something can be unusual in its bill. */
import { openLedger } from '../collect/cost/ledger.ts';
import { createLogger } from '../log.ts';
import { addDays } from '../model/days.ts';
import { billOf } from '../simulator/bill.ts';
import type { SimulatedWorld } from '../simulator/generate.ts';
import { keptBytes } from '../state/kept-bytes.ts';
import { openStore, type StateConfig } from '../state/open.ts';

const knownDays = 120;

/** As if the organization had been audited before: four months of its bill are in the ledger, up to the day before yesterday. */
export async function rememberBill(world: SimulatedWorld, state: StateConfig, now: string): Promise<void> {
  const store = await openStore(state, { log: createLogger({ level: 'silent', version: 'demo' }) });
  try {
    const ledger = await openLedger(keptBytes(store, { prefix: 'bill', now: () => now }));
    const today = now.slice(0, 10);
    const days: string[] = [];
    for (let back = knownDays; back > 1; back -= 1) days.push(addDays(today, -back));
    const at = new Date(Date.parse(now) - 86_400_000).toISOString();
    await ledger.merge(billOf(world.ledger(), days[0] ?? today, addDays(today, -1)), { days, at });
  } finally {
    await store.close();
  }
}
