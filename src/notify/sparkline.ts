/** A series in one line of text. */
import { addDays } from '../model/days.ts';
import type { IncidentSeries } from '../model/resources/cost.ts';

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const newestDays = 30;

type Sparked = {
  readonly chart: Pick<IncidentSeries['chart'], 'from' | 'actualUsd'>;
  /** Days outside the band. */
  readonly days: readonly { readonly day: string }[];
};

/** `▂▂▃▂▂[▇█]`: the newest 30 days from zero to the highest, unusual ones in brackets, `·` where nothing is known. */
export function sparkline({ chart: { from, actualUsd }, days }: Sparked): string {
  const start = Math.max(0, actualUsd.length - newestDays);
  const shown = actualUsd.slice(start);
  const unusual = new Set(days.map(({ day }) => day));
  const highest = Math.max(0, ...shown.map((usd) => usd ?? 0));
  let line = '';
  let isInside = false;
  for (const [index, usd] of shown.entries()) {
    const isUnusual = unusual.has(addDays(from, start + index));
    if (isUnusual !== isInside) line += isUnusual ? '[' : ']';
    isInside = isUnusual;
    line += usd === null ? '·' : (blocks[heightOf(usd, highest)] ?? '');
  }
  return isInside ? `${line}]` : line;
}

function heightOf(usd: number, highest: number): number {
  if (highest === 0) return 0;
  return Math.max(0, Math.min(blocks.length - 1, Math.round((usd / highest) * (blocks.length - 1))));
}
