/**
 * The run's own AWS bill, as it meters it: the third of three daily runs on one state, which is what every day costs.
 * And the estimate that was given before it, where one was.
 */
import { join } from 'node:path';
import type { OwnCost } from '../src/model/run.ts';
import { defaultConfig } from '../src/read-config.ts';
import { unlimited } from './audit-process.ts';
import { inLab, nextDay, worldNow } from './audited.ts';
import { type Figure, figure, type Measurement } from './figure.ts';

/** The first run of all reads two weeks of the bill. */
const dayBefore = new Date(Date.parse(worldNow) - 86_400_000).toISOString();

export const bill: Measurement = {
  name: 'bill',
  title: 'own AWS bill of a default daily run, by its own meter, and its estimate',
  async *run(size) {
    const daily = { short: 20, full: 100 }[size];
    const cost = await inLab(
      { world: { accounts: daily }, now: nextDay },
      async ({ simulator, auditor, directory }) => {
        const { environment } = simulator;
        const request = { environment, stateFile: join(directory, 'state.db'), share: unlimited };
        await auditor.audit({ ...request, now: dayBefore });
        await auditor.audit({ ...request, now: worldNow });
        return (await auditor.audit({ ...request, now: nextDay })).ownCost;
      },
    );
    const how = `${cost.costExplorerRequests} requests to Cost Explorer, ${cost.metricsRequested} metrics, ${cost.apiCalls} calls`;
    yield figure(`bill.daily.${daily}`, cost.usd, 'USD', how, {
      atMost: 0.25,
      as: { figure: 'own-cost-usd', accounts: daily },
    });
    yield estimate(cost);
    if (size === 'full') for (const accounts of [10, 100, 1000]) yield* await requestsOf(accounts);
  },
};

/**
 * Paid requests of a day for the daily bill alone, where accounts use some forty services and usage types: from Cost
 * Explorer with all the detail there is, with the default budget, and from an export in Athena.
 */
async function requestsOf(accounts: number): Promise<Figure[]> {
  const world = { accounts, hasUsage: true, story: false };
  const checks = { enable: ['cost-anomaly'] };
  const athena = { database: 'billing', table: 'cur2', workgroup: 'billing' };
  const ways = {
    whole: { maxSelfCostUsd: 100 },
    'by-default': { maxSelfCostUsd: defaultConfig.limits.maxSelfCostUsd },
    athena: { config: { billing: { source: 'athena', athena } } },
  };
  const figures: Figure[] = [];
  for (const [way, more] of Object.entries(ways)) {
    const { ownCost, peakRssMb } = await inLab({ world, now: nextDay }, async ({ simulator, auditor, directory }) => {
      const { environment } = simulator;
      const stateFile = join(directory, 'state.db');
      const config = { checks, ...('config' in more ? more.config : {}) };
      const request = { environment, stateFile, share: unlimited, ...more, config };
      await auditor.audit({ ...request, now: dayBefore });
      await auditor.audit({ ...request, now: worldNow });
      return auditor.audit({ ...request, now: nextDay });
    });
    const how = `$${ownCost.usd.toFixed(3)} in all, ${ownCost.apiCalls} calls, ${peakRssMb.toFixed(0)} MB`;
    figures.push(figure(`bill.requests.${accounts}.${way}`, ownCost.costExplorerRequests, '', how));
  }
  return figures;
}

function estimate({ usd, estimatedUsd }: OwnCost & { readonly estimatedUsd?: number }): Figure {
  const name = 'bill.estimate-off-by';
  if (estimatedUsd === undefined) return figure(name, null, '%', 'the run gave no estimate', { atMost: 10 });
  const percent = (100 * Math.abs(estimatedUsd - usd)) / usd;
  return figure(name, percent, '%', `estimated $${estimatedUsd.toFixed(3)}, metered $${usd.toFixed(3)}`, {
    atMost: 10,
  });
}
