/** What befalls the series of one workload together. */
import { addStack, type StackPart } from './background.ts';
import type { Chance } from './chance.ts';
import type { DraftSeries } from './draft-series.ts';
import { chanceIn, type DraftWorld, judgedDay, type Planted, plant, times } from './draft-world.ts';

const ec2 = 'Amazon Elastic Compute Cloud - Compute';
const ec2Other = 'EC2 - Other';

const stacks: Readonly<Record<string, readonly StackPart[]>> = {
  nat: [
    { service: ec2Other, usageType: 'NatGateway-Bytes', share: 1 },
    { service: ec2Other, usageType: 'DataTransfer-Regional-Bytes', share: 0.3 },
    { service: 'AWS Data Transfer', usageType: 'DataTransfer-Out-Bytes', share: 0.4 },
  ],
  lambda: [
    { service: 'AWS Lambda', usageType: 'Lambda-GB-Second', share: 1 },
    { service: 'AWS Lambda', usageType: 'Request', share: 0.15 },
    { service: 'AmazonCloudWatch', usageType: 'DataProcessing-Bytes', share: 0.4 },
  ],
  instances: [
    { service: ec2, usageType: 'BoxUsage:m6i.2xlarge', share: 1 },
    { service: ec2Other, usageType: 'EBS:VolumeUsage.gp3', share: 0.12, isSteady: true },
  ],
  logs: [
    { service: 'AmazonCloudWatch', usageType: 'DataProcessing-Bytes', share: 1 },
    { service: 'AmazonCloudWatch', usageType: 'TimedStorage-ByteHrs', share: 0.2, isSteady: true },
    { service: 'Amazon Kinesis Firehose', usageType: 'BilledBytes', share: 0.3 },
  ],
};

/** Workloads of several series, and what may befall them together. Only some are hit. */
export function addStackStories(world: DraftWorld): void {
  const chance = chanceIn(world, 'stacks');
  for (const [name, parts] of Object.entries(stacks)) {
    for (let count = times(world, 2.5, chance); count > 0; count -= 1) {
      const series = addStack(world, parts, chance.logBetween(8, 900), chance);
      const isHit = chance.is(0.55) && series.length === parts.length;
      for (const one of series) one.isTaken = true;
      if (isHit) plant(world, befall(world, name, series, chance));
    }
  }
}

function befall(world: DraftWorld, name: string, series: readonly DraftSeries[], chance: Chance): Planted {
  const start = judgedDay(world, chance, 10);
  const [main] = series;
  const mainUsd = main?.levelUsd ?? 0;
  switch (name) {
    case 'nat': {
      const factor = chance.logBetween(0.8, 9);
      const usd = ({ levelUsd, dims }: DraftSeries): number =>
        levelUsd * factor * (dims.usageType.includes('Out') ? chance.between(0.05, 0.5) : chance.between(0.9, 1.1));
      return {
        kind: 'nat_surge',
        series,
        start,
        length: chance.whole(2, 14),
        usd,
        difficulty: factor > 2 ? 'easy' : 'medium',
      };
    }
    case 'lambda': {
      const factor = chance.logBetween(4, 60);
      const length = chance.pick([1, 1, 2, 3]);
      const usd = ({ levelUsd }: DraftSeries, k: number): number =>
        levelUsd * factor * (length > 1 && k === 0 ? chance.between(0.2, 0.6) : 1);
      return { kind: 'lambda_recursion', series, start, length, usd, difficulty: 'easy' };
    }
    case 'instances': {
      const boxes = Math.max(chance.logBetween(24, 900), 0.25 * mainUsd);
      const usd = ({ dims }: DraftSeries, k: number): number =>
        (dims.usageType.includes('EBS') ? 0.06 : 1) * boxes * (k === 0 ? chance.between(0.3, 0.9) : 1);
      return {
        kind: 'forgotten_instances',
        series,
        start,
        length: chance.whole(5, 45),
        usd,
        difficulty: boxes > mainUsd ? 'easy' : 'medium',
      };
    }
    default: {
      // Debug logging switched on: what is written costs at once, what is kept costs a little more every day.
      const factor = chance.logBetween(0.6, 8);
      const usd = ({ levelUsd, dims }: DraftSeries, k: number): number =>
        dims.usageType.includes('TimedStorage')
          ? levelUsd * 0.01 * factor * (k + 1)
          : levelUsd * factor * chance.between(0.9, 1.1);
      return {
        kind: 'log_storm',
        series,
        start,
        length: chance.whole(2, 20),
        usd,
        difficulty: factor > 2 ? 'easy' : 'medium',
      };
    }
  }
}
