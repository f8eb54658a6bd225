/** For whoever works on the detector: by kind and by family what was missed and what was said for nothing. */
import type { EventOutcome, Score } from '../test/support/cost-world/score.ts';

export function printMisses(scores: readonly Score[], seeds: readonly string[]): void {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const outcomes = scores.flatMap(({ outcomes: all }) => all);
  for (const by of [({ event }: EventOutcome) => event.kind, ({ event }: EventOutcome) => event.difficulty]) {
    const groups = [...Map.groupBy(outcomes, by)].toSorted(([a], [b]) => a.localeCompare(b));
    for (const [name, all] of groups) {
      say(`  ${name.padEnd(24)} ${all.filter(({ toldOn }) => toldOn !== undefined).length} of ${all.length}`);
    }
  }
  const spoken = scores.flatMap(({ falseMessages }) => falseMessages);
  for (const [name, all] of Map.groupBy(spoken, ({ family, alert }) => `${family} ${alert.direction} ${alert.kind}`)) {
    say(`  false: ${name.padEnd(32)} ${all.length}`);
  }
  for (const [index, { outcomes: all, falseMessages }] of scores.entries()) {
    for (const { event, toldOn } of all) {
      if (toldOn !== undefined) continue;
      const { kind, difficulty, background, start, end, totalUsd, series } = event;
      say(
        `${seeds[index]} missed ${series[0]} ${start}..${end} ${difficulty} ${kind} in ${background}, $${totalUsd.toFixed(0)}`,
      );
    }
    for (const { asOf, family, alert } of falseMessages) {
      const { seriesId, day, direction, kind, actual, expected } = alert;
      say(
        `${seeds[index]} false ${seriesId} ${day} (told ${asOf}) ${direction} ${kind} in ${family}: $${actual?.toFixed(2)} against $${expected?.toFixed(2)}`,
      );
    }
  }
}
