/**
 * The same per-item reads of the same accounts against AWS's limits, by the product and by what tools do that leave
 * limits to the SDK. All may use the whole limit here, so that the least possible time is the same for all of them.
 */
import { join } from 'node:path';
import { loadLimits } from '../src/aws/limits.ts';
import { configSchema } from '../src/config.ts';
import { inLab, nextDay, worldNow } from './audited.ts';
import { type Figure, figure, type Measurement } from './figure.ts';
import { isThrottled } from './journal.ts';
import { lostOperations } from './lost-operations.ts';

const accounts = 100;
/** Accounts whose buckets set the pace, by index. */
const giants = [11, 26, 41, 56, 71, 86];
const bucketsOfGiant = 350;
const readsPerBucket = 3;
const latencyMs = 5;
const regions = ['us-east-1', 'us-west-2', 'eu-west-1'];

export const baselines: Measurement = {
  name: 'baselines',
  title: `reads of ${bucketsOfGiant} buckets in ${giants.length} of ${accounts} accounts at AWS's limits, by the product and by the SDK alone`,
  async *run(size) {
    if (size === 'short') return;
    for (const system of ['costwarden', 'sdk-standard', 'sdk-adaptive', 'account-by-account'] as const)
      yield* await measure(system);
  },
};

type System = 'costwarden' | 'sdk-standard' | 'sdk-adaptive' | 'account-by-account';

function measure(system: System): Promise<Figure[]> {
  const world = {
    accounts,
    regions,
    density: 0,
    giants: Object.fromEntries(giants.map((index) => [index, { buckets: bucketsOfGiant }])),
  };
  return inLab({ world, latencyMs, limits: {}, now: nextDay }, async ({ simulator, auditor, directory }) => {
    const { environment } = simulator;
    const members = (await simulator.accounts()).filter(
      ({ id, state, hasRole }) => id !== simulator.managementAccountId && state === 'ACTIVE' && hasRole,
    );
    const inFlight = configSchema.parse({}).limits.concurrency;
    const roleArns = members.map(({ id }) => `arn:aws:iam::${id}:role/costwarden-audit`);
    const byProduct = async () => {
      // Of a day after another, as everywhere: which accounts take longest is known.
      const config = { regions, checks: { enable: ['s3-*'] } };
      const request = { environment, stateFile: join(directory, 'state.db'), share: 1, config };
      await auditor.audit({ ...request, now: worldNow });
      const before = (await simulator.entries()).length;
      const run = await auditor.audit({ ...request, now: nextDay });
      const entries = (await simulator.entries()).slice(before);
      return { wallMs: run.wallMs, lost: lostOperations(run.gaps, entries), entries };
    };
    const bySdk = async (chosen: Exclude<System, 'costwarden'>) => {
      const read = await auditor.baseline({ environment, roleArns, inFlight, system: chosen });
      return { ...read, entries: await simulator.entries() };
    };
    const { wallMs, lost, entries } = system === 'costwarden' ? await byProduct() : await bySdk(system);
    const throttled = entries.filter(isThrottled).length;
    // The product's own line of that name is that of the schedule, which keeps to its share.
    const as = (figure: string) => (system === 'costwarden' ? {} : { as: { figure, mix: 'bucket', accounts, system } });
    const name = `baselines.${system}`;
    const how = `${entries.length} requests; least ${(leastMs() / 1000).toFixed(1)} s, took ${(wallMs / 1000).toFixed(1)} s`;
    return [
      figure(`${name}.efficiency`, leastMs() / wallMs, '', how, as('schedule-efficiency')),
      figure(`${name}.lost`, lost, 'calls', 'operations without an answer', as('lost-operations')),
      figure(
        `${name}.throttled`,
        (100 * throttled) / entries.length,
        '%',
        `${throttled} responses`,
        as('throttled-share'),
      ),
    ];
  });
}

/** All giants at once: what their own limit leaves after its burst. */
function leastMs(): number {
  const limit = loadLimits().find(({ service, actions }) => service === 's3' && actions.includes('GetBucket*'));
  if (limit === undefined) throw new Error('config/limits.json has no row for the reads of buckets');
  return (1000 * (bucketsOfGiant * readsPerBucket - limit.capacity)) / limit.refillPerSecond;
}
