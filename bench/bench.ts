/**
 * `npm run bench`: measures what a run costs and how near it comes to the least possible, on the simulated AWS.
 * `--short` for every change, `--json` for machines (a line each), `--only NAME` for one measurement (repeatable).
 * Exit code 1 only when a count or a size misses its goal: times depend on what else the machine does.
 */
import { parseArgs } from 'node:util';
import { baselines } from './baselines.ts';
import { bill } from './bill.ts';
import { callCpu } from './call-cpu.ts';
import { calls } from './calls.ts';
import { detection } from './detection.ts';
import { type Figure, lineOf, rowOf } from './figure.ts';
import { memory } from './memory.ts';
import { regionsEverywhere } from './regions.ts';
import { schedule } from './schedule.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';

const measurements = [schedule, baselines, calls, callCpu, memory, regionsEverywhere, bill, detection, stop, start];

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
});
const size = values.short ? 'short' : 'full';
const chosen = measurements.filter(({ name }) => values.only.length === 0 || values.only.includes(name));

const figures: Figure[] = [];
for (const measurement of chosen) {
  let heading = `${measurement.name}: ${measurement.title}\n`;
  for await (const figure of measurement.run(size)) {
    figures.push(figure);
    process.stdout.write(values.json ? `${lineOf(figure)}\n` : `${heading}${rowOf(figure)}\n`);
    heading = '';
  }
}
if (figures.some(({ ok, decides }) => decides && ok === false)) process.exitCode = 1;
