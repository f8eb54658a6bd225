/** A large organization in every region: 1,000 accounts x 17 regions, told without a goal. Not in the short run. */
import { join } from 'node:path';
import { unlimited } from './audit-process.ts';
import { inLab, worldNow } from './audited.ts';
import { figure, type Measurement } from './figure.ts';

const accounts = 1000;
/** Those that every account has without opting in. Account Management guide, read 2026-11-23. */
const regions = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];

export const regionsEverywhere: Measurement = {
  name: 'regions',
  title: `${accounts} accounts x ${regions.length} regions`,
  async *run(size) {
    if (size === 'short') return;
    yield* await inLab({ world: { accounts, regions } }, async ({ simulator, auditor, directory }) => {
      const run = await auditor.audit({
        environment: simulator.environment,
        stateFile: join(directory, 'state.db'),
        share: unlimited,
        now: worldNow,
        config: { regions },
      });
      const { apiCalls, bytesReceived } = run.ownCost;
      return [
        figure('regions.peak', run.peakRssMb, 'MB', `heap afterwards ${run.heapMb.toFixed(0)} MB`),
        figure('regions.calls', apiCalls, 'calls', `${(bytesReceived / 2 ** 20).toFixed(0)} MB received`),
        figure('regions.wall', run.wallMs / 1000, 's', `${(run.mainCpuMs / 1000).toFixed(0)} s of CPU`),
      ];
    });
  },
};
