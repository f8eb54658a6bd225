/**
 * CPU of a small call through the product over the bare SDK's: audits of many buckets, with the bucket checks alone,
 * and the same reads by the bare SDK, in turns, in one process and against one simulator. What the product adds is
 * limiter, meter, deadlines, records, checks and state; the ratio of each pair is taken, and of these the median.
 */
import { join } from 'node:path';
import { configSchema } from '../src/config.ts';
import { median } from '../src/model/median.ts';
import { unlimited } from './audit-process.ts';
import { inLab, worldNow } from './audited.ts';
import { figure, type Measurement } from './figure.ts';

const sizes = {
  short: { accounts: 5, buckets: 120, pairs: 3 },
  full: { accounts: 11, buckets: 300, pairs: 7 },
};

export const callCpu: Measurement = {
  name: 'call-cpu',
  title: 'main-thread CPU per small call through the product over that of the bare SDK',
  async *run(size) {
    const { accounts, buckets, pairs } = sizes[size];
    const world = { accounts, density: 0, bulk: { buckets } };
    yield* await inLab({ world }, async ({ simulator, auditor, directory }) => {
      const { environment } = simulator;
      const members = (await simulator.accounts()).filter(
        ({ id, state, hasRole }) => id !== simulator.managementAccountId && state === 'ACTIVE' && hasRole,
      );
      const roleArns = members.map(({ id }) => `arn:aws:iam::${id}:role/costwarden-audit`);
      const inFlight = configSchema.parse({}).limits.concurrency;
      const pair = async (number: number): Promise<{ ours: number; bare: number }> => {
        const { ownCost, mainCpuMs } = await auditor.audit({
          environment,
          stateFile: join(directory, `${number}.db`),
          share: unlimited,
          now: worldNow,
          accounts: members.map(({ id }) => id),
          config: { checks: { enable: ['s3-*'] } },
        });
        const bare = await auditor.bare({ environment, roleArns, inFlight });
        return { ours: mainCpuMs / ownCost.apiCalls, bare: bare.mainCpuMs / bare.calls };
      };
      // The first pair compiles the code that both share.
      await pair(0);
      const measured = [];
      for (let number = 1; number <= pairs; number += 1) measured.push(await pair(number));
      const ours = median(measured.map((one) => one.ours));
      const bare = median(measured.map((one) => one.bare));
      const ratio = median(measured.map((one) => one.ours / one.bare));
      const how = `median of ${pairs} pairs; ${members.length} accounts with ${buckets} buckets and more`;
      return [
        figure('call-cpu.ratio', ratio, '', how, { atMost: 1.3, as: { figure: 'cpu-per-call-over-sdk' } }),
        figure('call-cpu.product', ours, 'ms', 'per call, everything from plan to state'),
        figure('call-cpu.bare', bare, 'ms', 'per call'),
      ];
    });
  },
};
