/**
 * The detector and the search for causes on rough worlds: what they are worth to those who get the messages, and what a
 * day costs. `DETECTION_SEEDS=a,b` judges other worlds; `DETECTION_MISSES=1` tells on stderr what was missed and what was
 * said for nothing.
 */
import { rootCauses } from '../src/anomaly/root-cause.ts';
import { type RoughCubes, roughCubes } from '../test/support/cost-world/rough-cubes.ts';
import { roughWorld } from '../test/support/cost-world/rough-world.ts';
import { quantile, type Score, score } from '../test/support/cost-world/score.ts';
import { scoreCubes } from '../test/support/cost-world/score-cubes.ts';
import { tellWorld } from '../test/support/cost-world/told-world.ts';
import { measureDay } from './detection-day.ts';
import { printMisses } from './detection-misses.ts';
import { type Figure, figure, type Measurement } from './figure.ts';

const seeds = {
  short: ['harbour', 'meadow'],
  full: ['harbour', 'meadow', 'quarry', 'lantern', 'orchard'],
};
const accounts = { short: 300, full: 1000 };

export const detection: Measurement = {
  name: 'detection',
  title: 'anomalies and causes on rough worlds of labelled cost; means of the worlds',
  async *run(size) {
    const chosen = process.env['DETECTION_SEEDS']?.split(',') ?? seeds[size];
    const scores: Score[] = [];
    for (const seed of chosen) {
      const world = roughWorld({ seed });
      scores.push(score((await tellWorld(world)).runs, world.labels));
    }
    if (process.env['DETECTION_MISSES'] !== undefined) printMisses(scores, chosen);
    yield* quality(scores);
    yield* speed(accounts[size]);
    yield* causes(chosen.map((seed) => roughCubes({ seed })));
  },
};

function* quality(scores: readonly Score[]): Iterable<Figure> {
  const mean = (of: (score: Score) => number): number => meanOf(scores.map(of));
  const events = scores.reduce((sum, one) => sum + one.events, 0);
  const detected = scores.reduce((sum, one) => sum + one.detected, 0);
  const f1 = mean((one) => one.f1);
  const falseRate = mean((one) => one.falsePer100SeriesDays);
  const each = scores.map((one) => one.f1.toFixed(3)).join(' ');
  yield figure('detection.f1', f1, '', `each world: ${each}`, { atLeast: 0.88 });
  yield figure('detection.f1.floor', f1, '', `${detected} of ${events} events`, { atLeast: 0.82, decides: true });
  const falseMessages = scores.reduce((sum, one) => sum + one.falseMessages.length, 0);
  const unit = '/100 s-d';
  yield figure('detection.false', falseRate, unit, `${falseMessages} messages that mean nothing`, { atMost: 0.018 });
  yield figure('detection.false.ceiling', falseRate, unit, 'of series and days', { atMost: 0.035, decides: true });
  yield figure(
    'detection.dollar-f1',
    mean((one) => one.dollarF1),
    '',
    'a false message costs what it claims',
    { atLeast: 0.96 },
  );
  yield figure(
    'detection.captured',
    mean((one) => one.captured),
    '',
    'of the dollars after the first day',
    { atLeast: 0.88 },
  );
  yield figure(
    'detection.usd24h',
    mean((one) => one.usd24h),
    '',
    'of the dollars told a day after their first figures',
    { atLeast: 0.7 },
  );
  yield figure(
    'detection.delay.median',
    mean((one) => one.delayMedian),
    'days',
    '1 is the least possible',
    { atMost: 1 },
  );
  yield figure(
    'detection.delay.p90',
    mean((one) => one.delayP90),
    'days',
    'where it creeps, from the day it matters',
    { atMost: 6 },
  );
  yield figure(
    'detection.messages-per-event',
    mean((one) => one.messagesPerEvent),
    '',
    '1 is ideal',
    { atMost: 1.15 },
  );
  yield figure(
    'detection.impact-error',
    mean((one) => one.impactError),
    '',
    'median of the day said against what was planted',
    { atMost: 0.15 },
  );
}

async function* speed(accountCount: number): AsyncIterable<Figure> {
  const { series, cpuMs, peakRssMb, stateBytes } = await measureDay(accountCount);
  const many = `${series.toLocaleString('en-US')} series in ${accountCount} accounts, state on disk, six days delivered`;
  yield figure('detection.day', cpuMs / 1000, 's CPU', many);
  yield figure('detection.speed', series / (cpuMs / 1000), 'series/s', 'one process, its start not counted', {
    as: { figure: 'series-per-second' },
    atLeast: 50_000,
  });
  yield figure('detection.peak', peakRssMb, 'MB', 'resident, of a process that does nothing else', {
    atMost: 300,
    decides: true,
  });
  yield figure('detection.state', stateBytes / series, 'B/series', 'on disk, compressed');
}

function* causes(cubes: readonly RoughCubes[]): Iterable<Figure> {
  const startedAt = performance.now();
  const found = cubes.map(({ input }) =>
    input.cases.map(({ caseId, leaves }) => ({ caseId, causes: rootCauses(leaves) })),
  );
  const ms = performance.now() - startedAt;
  const scores = cubes.map((cube, index) => scoreCubes(found[index] ?? [], cube));
  const cases = scores.reduce((sum, one) => sum + one.cases, 0);
  const top1 = meanOf(scores.map((one) => one.top1));
  const sizes = cubes.flatMap(({ input }) => input.cases.map(({ leaves }) => leaves.length));
  yield figure('detection.cause.top1', top1, '', `of ${cases} cubes, the first cause is a true one`, { atLeast: 0.88 });
  yield figure('detection.cause.top1.floor', top1, '', `each: ${scores.map((one) => one.top1.toFixed(3)).join(' ')}`, {
    atLeast: 0.8,
    decides: true,
  });
  yield figure('detection.cause.f1', meanOf(scores.map((one) => one.f1)), '', 'exact descriptions, all causes', {
    atLeast: 0.8,
  });
  yield figure(
    'detection.cause.dollar-f1',
    meanOf(scores.map((one) => one.dollarF1)),
    '',
    'overlap of the dollars that moved',
  );
  yield figure(
    'detection.cause.time',
    ms / cases,
    'ms',
    `a cube; ${quantile(sizes, 0.5)} leaves in the median, ${Math.max(...sizes)} at most`,
  );
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
