/** The picture of an incident: right days marked, nothing of what others wrote is markup, the same bytes every time. */
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { chartSize, chartSvg, type IncidentChart } from '../../src/notify/chart.ts';
import { pngOf } from '../../src/notify/chart-png.ts';
import { sparkline } from '../../src/notify/sparkline.ts';
import { incidentDay, incidentSeries } from '../support/incidents.ts';

function chart(overrides: Partial<IncidentChart> = {}): IncidentChart {
  const { chart: data } = incidentSeries({
    days: [incidentDay('2026-11-02', 190), incidentDay('2026-11-03', 214.1), incidentDay('2026-11-04', 120)],
  });
  return {
    title: 'EC2 - Other, NAT gateway, data processed in us-east-1',
    fact: '$214.10 on 3 Nov, expected $70.00 to $91.00',
    marked: ['2026-11-02', '2026-11-03', '2026-11-04'],
    ...data,
    ...overrides,
  };
}

const daysOf = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].map(([, day]) => day);
const pathOf = (svg: string, name: string) => new RegExp(`<path class="${name}" d="([^"]*)"`).exec(svg)?.[1] ?? '';

describe('the drawing', () => {
  test('marks the unusual days, the newest one hollow, and names the highest', () => {
    const svg = chartSvg(chart());
    expect(daysOf(svg, /class="unusual" data-day="([^"]*)"/g)).toEqual(['2026-11-02', '2026-11-03']);
    expect(daysOf(svg, /class="incomplete unusual" data-day="([^"]*)"/g)).toEqual(['2026-11-04']);
    expect(svg).toContain('>$214.10</text>');
    expect(svg).toContain('>1 Oct</text>');
    expect(svg).toContain('>15 Oct</text>');
    expect(svg).toContain('>$0</text>');
    expect(svg).toContain('>$214.10 on 3 Nov, expected $70.00 to $91.00</text>');
  });

  test('a newest day that is not unusual is hollow as well', () => {
    const svg = chartSvg(chart({ marked: ['2026-11-02', '2026-11-03'] }));
    expect(daysOf(svg, /class="incomplete" data-day="([^"]*)"/g)).toEqual(['2026-11-04']);
  });

  test('days that are not known interrupt line and band', () => {
    const { actualUsd, lowerUsd } = chart();
    const whole = chartSvg(chart());
    const svg = chartSvg(chart({ actualUsd: actualUsd.with(20, null), lowerUsd: lowerUsd.with(10, null) }));
    expect(pathOf(whole, 'actual').match(/M/g)).toHaveLength(1);
    expect(pathOf(svg, 'actual').match(/M/g)).toHaveLength(2);
    expect(pathOf(whole, 'band').match(/M/g)).toHaveLength(1);
    expect(pathOf(svg, 'band').match(/M/g)).toHaveLength(2);
  });

  test.each<{ name: string; overrides: Partial<IncidentChart> }>([
    {
      name: 'nothing spent at all',
      overrides: { actualUsd: Array(60).fill(0), lowerUsd: Array(60).fill(0), upperUsd: Array(60).fill(0) },
    },
    {
      name: 'nothing known',
      overrides: { actualUsd: Array(60).fill(null), lowerUsd: Array(60).fill(null), upperUsd: Array(60).fill(null) },
    },
    { name: 'a single day', overrides: { actualUsd: [5], lowerUsd: [1], upperUsd: [2] } },
    { name: 'no day', overrides: { actualUsd: [], lowerUsd: [], upperUsd: [] } },
  ])('is drawn with $name', async ({ overrides }) => {
    const svg = chartSvg(chart(overrides));
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect((await pngOf(svg)).length).toBeGreaterThan(1000);
  });

  test('what others wrote is text and nothing else', async () => {
    const svg = chartSvg(
      chart({
        title: '<script>alert("1")</script> & \u0000\ud800 more',
        fact: '</text><image href="file:///etc/passwd"/>',
      }),
    );
    expect(svg).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp;  \ufffd more</text>');
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('<image');
    await expect(pngOf(svg)).resolves.toBeInstanceOf(Buffer);
  });
});

describe('the picture', () => {
  test('is a PNG of its size with ink, the same bytes twice', async () => {
    const [first, second] = await Promise.all([pngOf(chartSvg(chart())), pngOf(chartSvg(chart()))]);
    expect(first.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect([first.readUInt32BE(16), first.readUInt32BE(20)]).toEqual([chartSize.width, chartSize.height]);
    expect(first.equals(second)).toBe(true);
    // Without its font the text would be missing: the same drawing without text has far less ink.
    const bare = await pngOf(chartSvg(chart()).replace(/<text.*?<\/text>/g, ''));
    expect(ink(first)).toBeGreaterThan(ink(bare) + 10_000);
  });
});

/** Pixel bytes that differ from their left neighbour, roughly: filtered bytes that are not zero. */
function ink(png: Buffer): number {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return inflateSync(Buffer.concat(parts)).filter((byte) => byte !== 0).length;
}

describe('a series in one line', () => {
  const from = '2026-11-01';
  test.each<{ name: string; usd: (number | null)[]; days: string[]; line: string }>([
    { name: 'unusual days in brackets', usd: [1, 1, 2, 8, 7], days: ['2026-11-04', '2026-11-05'], line: '▂▂▃[█▇]' },
    { name: 'two times apart', usd: [8, 1, 8, 1], days: ['2026-11-01', '2026-11-03'], line: '[█]▂[█]▂' },
    { name: 'a day that is not known', usd: [4, null, 4], days: [], line: '█·█' },
    { name: 'nothing spent', usd: [0, 0], days: [], line: '▁▁' },
    { name: 'a credit below zero', usd: [-3, 4], days: [], line: '▁█' },
    { name: 'nothing', usd: [], days: [], line: '' },
  ])('$name', ({ usd, days, line }) => {
    expect(sparkline({ chart: { from, actualUsd: usd }, days: days.map((day) => ({ day })) })).toBe(line);
  });

  test('is of the newest thirty days, by their own height', () => {
    const usd = [1000, ...Array(30).fill(1)];
    expect(sparkline({ chart: { from, actualUsd: usd }, days: [{ day: '2026-12-01' }] })).toBe(`${'█'.repeat(29)}[█]`);
  });
});
