/** The history that a simulated organization comes with, so that something can be unusual in its bill. */
import { openLedger } from '../collect/cost/ledger.ts';
import { keepBillSize } from '../collect/cost/query-set-size.ts';
import { createLogger } from '../log.ts';
import { addDays } from '../model/days.ts';
import { billOf } from '../simulator/bill.ts';
import type { SimulatedWorld } from '../simulator/generate.ts';
import { keptBytes } from '../state/kept-bytes.ts';
import { openStore, type StateConfig } from '../state/open.ts';

const knownDays = 120;
/** What the simulated Cost Explorer takes for a day of it. */
const usualQuestions = 8;
const rowsPerPage = 1000;

/** As if the organization had been audited before: four months of its bill are in the ledger, up to the day before yesterday. */
export async function rememberBill(world: SimulatedWorld, state: StateConfig, now: string): Promise<void> {
  const store = await openStore(state, { log: createLogger({ level: 'silent', version: 'demo' }) });
  try {
    const kept = keptBytes(store, { prefix: 'bill', now: () => now });
    const ledger = await openLedger(kept);
    const today = now.slice(0, 10);
    const days: string[] = [];
    for (let back = knownDays; back > 1; back -= 1) days.push(addDays(today, -back));
    const at = new Date(Date.parse(now) - 86_400_000).toISOString();
    const lines = [...billOf(world.ledger(), days[0] ?? today, addDays(today, -1))];
    await ledger.merge(lines, { days, at });
    const usageType = { rowsPerDay: Math.ceil(lines.length / days.length), questions: usualQuestions };
    await keepBillSize(kept, { of: { usageType }, rowsPerPage, detail: 'usageType', at });
  } finally {
    await store.close();
  }
}
