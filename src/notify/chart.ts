/**
 * The picture of an incident as SVG: what was spent a day, the band of what was expected, the unusual days, and the
 * newest day hollow, since AWS has not all of it yet. Pure; the same data gives the same text.
 */
import { max } from 'd3-array';
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { addDays, formatDay } from '../model/days.ts';
import { formatUsd } from '../model/money.ts';
import { cut } from './slack-text.ts';

export type IncidentChart = {
  /** What and where. */
  readonly title: string;
  /** The newest figure against its band, in one line. */
  readonly fact: string;
  readonly from: string;
  /** A day each; `null` = not known. */
  readonly actualUsd: readonly (number | null)[];
  readonly lowerUsd: readonly (number | null)[];
  readonly upperUsd: readonly (number | null)[];
  /** Unusual days. */
  readonly marked: readonly string[];
};

/** Slack shows it at about a third of its size: letters are three times what they look like there. */
export const chartSize = { width: 1280, height: 480 } as const;
const plot = { left: 130, right: 1250, top: 132, bottom: 368 } as const;
/** Characters of a title that fit in full size (a bold one takes 21 pixels on average), and at all. */
const titleLength = 54;
const mostTitleLength = 76;
const titleSize = 34;
const factLength = 76;
const manyMarks = 10;
const labelledDates = ['01', '15'];
/** A card of its own: it reads the same on Slack's light and dark ground. */
const colours = {
  ground: '#ffffff',
  frame: '#d0d7de',
  text: '#1f2328',
  quiet: '#59636e',
  grid: '#e6e9ec',
  band: '#c4daf5',
  actual: '#0b4a8f',
  unusual: '#c9252d',
  unusualGround: '#fdeaea',
};

type Point = {
  readonly index: number;
  readonly day: string;
  readonly usd: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
};
type Scales = { readonly x: ScaleLinear<number, number>; readonly y: ScaleLinear<number, number> };

export function chartSvg(chart: IncidentChart): string {
  const points = pointsOf(chart);
  const highest = max(points.flatMap(({ usd, upper }) => [usd ?? 0, upper ?? 0])) ?? 0;
  const scales: Scales = {
    x: scaleLinear([0, Math.max(1, points.length - 1)], [plot.left, plot.right - 12]),
    // Room above the highest for its label.
    y: scaleLinear([0, highest > 0 ? highest * 1.2 : 1], [plot.bottom, plot.top]),
  };
  const parts = [
    `<rect x="1" y="1" width="${chartSize.width - 2}" height="${chartSize.height - 2}" rx="16" fill="${colours.ground}" stroke="${colours.frame}" stroke-width="2"/>`,
    titleOf(chart.title),
    text(40, 100, cut(chart.fact, factLength), { size: 27, fill: colours.quiet }),
    ...unusualGround(points, chart, scales),
    ...axes(points, scales),
    ...lines(points, scales),
    ...marks(points, chart, scales),
    ...legend(),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${chartSize.width}" height="${chartSize.height}" viewBox="0 0 ${chartSize.width} ${chartSize.height}" font-family="DejaVu Sans">\n${parts.join('\n')}\n</svg>\n`;
}

/** Smaller where it is long, cut where that would make it illegible. */
function titleOf(title: string): string {
  const words = cut(title, mostTitleLength);
  const size = Math.round(titleSize * Math.min(1, titleLength / words.length));
  return text(40, 58, words, { size, isBold: true });
}

function pointsOf({ from, actualUsd, lowerUsd, upperUsd }: IncidentChart): Point[] {
  return actualUsd.map((usd, index) => ({
    index,
    day: addDays(from, index),
    usd,
    lower: lowerUsd[index] ?? null,
    upper: upperUsd[index] ?? null,
  }));
}

function axes(points: readonly Point[], { x, y }: Scales): string[] {
  const parts: string[] = [];
  for (const tick of y.ticks(4)) {
    parts.push(`<path d="M${plot.left},${at(y(tick))}H${plot.right}" stroke="${colours.grid}" stroke-width="2"/>`);
    parts.push(text(plot.left - 16, y(tick) + 9, axisUsd(tick), { size: 25, fill: colours.quiet, anchor: 'end' }));
  }
  for (const { index, day } of points) {
    if (!labelledDates.includes(day.slice(8)) || x(index) > plot.right - 60) continue;
    parts.push(`<path d="M${at(x(index))},${plot.bottom}v8" stroke="${colours.quiet}" stroke-width="2"/>`);
    parts.push(text(x(index), plot.bottom + 38, formatDay(day), { size: 25, fill: colours.quiet, anchor: 'middle' }));
  }
  return parts;
}

function axisUsd(usd: number): string {
  const digits = Number.isInteger(usd) ? 0 : 2;
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** From each first unusual day to the last one of the same run. */
function unusualGround(points: readonly Point[], { marked }: IncidentChart, { x }: Scales): string[] {
  const days = points.filter(({ day }) => marked.includes(day)).map(({ index }) => index);
  const half = (x(1) - x(0)) / 2;
  const parts: string[] = [];
  let start = 0;
  for (const [position, index] of days.entries()) {
    if (days[position + 1] === index + 1) continue;
    const [left, right] = [x(days[start] ?? index) - half, x(index) + half];
    parts.push(
      `<rect x="${at(left)}" y="${plot.top}" width="${at(right - left)}" height="${plot.bottom - plot.top}" fill="${colours.unusualGround}"/>`,
    );
    start = position + 1;
  }
  return parts;
}

function lines(points: readonly Point[], { x, y }: Scales): string[] {
  const band = area<Point>()
    .defined(({ lower, upper }) => lower !== null && upper !== null)
    .x(({ index }) => x(index))
    .y0(({ lower }) => y(lower ?? 0))
    .y1(({ upper }) => y(upper ?? 0))
    .digits(1);
  const actual = line<Point>()
    .defined(({ usd }) => usd !== null)
    .x(({ index }) => x(index))
    .y(({ usd }) => y(usd ?? 0))
    .digits(1);
  const settled = actual(points.slice(0, -1)) ?? '';
  const open = actual(points.slice(-2)) ?? '';
  const stroke = `fill="none" stroke="${colours.actual}" stroke-width="5" stroke-linejoin="round" stroke-linecap="round"`;
  return [
    `<path class="band" d="${band(points) ?? ''}" fill="${colours.band}"/>`,
    `<path class="actual" d="${settled}" ${stroke}/>`,
    `<path class="incomplete" d="${open}" ${stroke} stroke-dasharray="2 11"/>`,
  ];
}

function marks(points: readonly Point[], { marked }: IncidentChart, { x, y }: Scales): string[] {
  const parts: string[] = [];
  let label: Point | undefined;
  const newest = points.at(-1);
  // Side by side, large ones would hide the line.
  const radius = marked.length > manyMarks ? 6 : 9;
  for (const point of points) {
    const { index, day, usd } = point;
    if (usd === null) continue;
    const isMarked = marked.includes(day);
    const colour = isMarked ? colours.unusual : colours.actual;
    if (point === newest)
      parts.push(
        circle(
          x(index),
          y(usd),
          `class="incomplete${isMarked ? ' unusual' : ''}" data-day="${day}" fill="${colours.ground}" stroke="${colour}" stroke-width="5"`,
        ),
      );
    else if (isMarked)
      parts.push(circle(x(index), y(usd), `class="unusual" data-day="${day}" fill="${colour}"`, radius));
    if (isMarked && usd >= (label?.usd ?? 0)) label = point;
  }
  if (label === undefined || label.usd === null) return parts;
  const isRight = x(label.index) > (plot.left + plot.right) / 2;
  const [left, anchor] = isRight ? [x(label.index) + 10, 'end' as const] : [x(label.index) - 10, 'start' as const];
  const style = { size: 29, isBold: true, fill: colours.unusual, anchor };
  parts.push(text(left, y(label.usd) - 22, formatUsd(label.usd), style));
  return parts;
}

function circle(x: number, y: number, attributes: string, radius = 9): string {
  return `<circle cx="${at(x)}" cy="${at(y)}" r="${radius}" ${attributes}/>`;
}

function legend(): string[] {
  const y = chartSize.height - 30;
  const label = (x: number, words: string): string => text(x, y + 8, words, { size: 24, fill: colours.quiet });
  return [
    `<path d="M${plot.left},${y}h44" stroke="${colours.actual}" stroke-width="5" stroke-linecap="round"/>`,
    label(plot.left + 58, 'a day'),
    `<rect x="${plot.left + 186}" y="${y - 12}" width="44" height="24" fill="${colours.band}"/>`,
    label(plot.left + 244, 'expected (90 %)'),
    circle(plot.left + 510, y, `fill="${colours.unusual}"`),
    label(plot.left + 532, 'unusual'),
    circle(plot.left + 692, y, `fill="${colours.ground}" stroke="${colours.actual}" stroke-width="5"`),
    label(plot.left + 714, 'not complete yet'),
  ];
}

type TextStyle = { size: number; isBold?: boolean; fill?: string; anchor?: 'start' | 'middle' | 'end' };

function text(
  x: number,
  y: number,
  words: string,
  { size, isBold = false, fill = colours.text, anchor = 'start' }: TextStyle,
): string {
  const weight = isBold ? ' font-weight="bold"' : '';
  return `<text x="${at(x)}" y="${at(y)}" font-size="${size}"${weight} fill="${fill}" text-anchor="${anchor}">${escapeXml(words)}</text>`;
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Names are written by others: no markup, and nothing that XML does not allow. */
function escapeXml(words: string): string {
  return words
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029\ufffe\uffff]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
