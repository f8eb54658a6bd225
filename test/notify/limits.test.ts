/** Whatever stands in names and tags and however much there is: Slack takes it, and what is not shown is counted. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSlackClient, createSlackSink, type SlackSink } from '../../src/notify/slack.ts';
import { type Block, blockLength, maxMessageText, messageSchema } from '../../src/notify/slack-limits.ts';
import { cut, escapeSlack } from '../../src/notify/slack-text.ts';
import { splitMessage } from '../../src/notify/split.ts';
import { type SimulatedSlack, startSlack } from '../../src/simulator/slack.ts';
import { saving } from '../support/findings.ts';
import { change, memoryState, messageOf, plan, runRecord, textsOf } from './digests.ts';

let slack: SimulatedSlack;
let sink: SlackSink;
beforeAll(async () => {
  slack = await startSlack({ channels: ['#cloud-costs'] });
  sink = createSlackSink(createSlackClient('token', slack.apiUrl));
});
afterAll(() => slack.close());

/** What people and attackers write into names and tags. */
const foreign = fc.string({
  unit: fc.oneof(
    fc.constantFrom('<', '>', '&', '*', '_', '~', '|', '`', '@', '#', '\n', '\r', '\t', '\u0000', '\u001b', '\u202e'),
    fc.constantFrom('<!channel>', '@here', '&amp;', '<https://x.example|click>', 'ä', '😀'),
    fc.string({ minLength: 1, maxLength: 8 }),
  ),
  maxLength: 1200,
});

const kinds = ['opened', 'changed', 'resolved'] as const;
const template = fc.record({
  kind: fc.constantFrom(...kinds),
  at: fc.constantFrom('2026-11-20T06:00:00.000Z', '2026-11-24T06:00:00.000Z'),
  text: foreign,
  name: foreign,
  checkId: fc.constantFrom(...Array.from({ length: 30 }, (_, index) => `own-check-${index}`)),
  severity: fc.constantFrom('critical' as const, 'low' as const, 'info' as const),
  usd: fc.option(fc.double({ min: -50, max: 1e6, noNaN: true }), { nil: undefined }),
});

function numbersIn(text: string, pattern: RegExp): number {
  let sum = 0;
  for (const [, number] of text.matchAll(pattern)) sum += Number(number);
  return sum;
}

test('every message is one that Slack takes, and all findings are shown or counted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(template, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 3000 }),
      async (templates, count) => {
        const records = Array.from({ length: count }, (_, index) => {
          const { kind, at, text, name, usd, checkId, severity } = templates[index % templates.length] ?? templates[0]!;
          return change(kind, at, {
            resourceId: `vpc-${index}`,
            summary: text,
            accountName: name,
            owner: { name, via: 'tag:team', slack: null },
            fix: { summary: text, consoleUrl: `https://console.aws.amazon.com/${name}` },
            saving: usd === undefined ? null : saving(usd),
            reason: text,
            checkId,
            severity,
          });
        });
        const store = memoryState(records);
        const rows = await plan(store, '2026-11-24T06:05:00.000Z');
        for (const row of rows) {
          messageSchema.parse(messageOf(row));
          await sink.post(row.destination, messageOf(row), { key: row.key, rev: 1 }, undefined);
        }

        const text = textsOf(rows);
        const open = records.filter(({ state }) => state === 'open');
        const entries = text.match(/^_Fix:_ /gm)?.length ?? 0;
        expect(entries + numbersIn(text, /^…and (\d+) more: /gm)).toBe(open.length);
        // Each list: its lines and its count of the rest make up what the second line promises.
        const promised = /\*(\d+) new\*, (\d+) changed, (\d+) resolved; (\d+) open\./.exec(text)?.slice(1).map(Number);
        const listed = (title: string): number => {
          const [, list = ''] = new RegExp(`^\\*${title}\\*\\n((?:• .*\\n?)+)`, 'm').exec(text) ?? [];
          return (list.match(/^• (?!…and)/gm)?.length ?? 0) + numbersIn(list, /^• …and (\d+) more/gm);
        };
        const marked = text.match(/ · \*new\* · /g)?.length ?? 0;
        expect(promised).toEqual([listed('New') + marked, listed('Changed'), listed('Resolved'), open.length]);
        expect(promised?.slice(0, 3)).toEqual([
          open.filter(({ change: kind, finding }) => kind === 'opened' && finding.severity !== 'info').length,
          open.filter(({ change: kind }) => kind === 'changed').length,
          records.length - open.length,
        ]);
      },
    ),
    { numRuns: 30 },
  );
});

test('gaps, failed checks and plug-ins that are not named are counted', async () => {
  const gap = { region: 'us-east-1', kind: 'ec2.vpc', reason: 'denied', iamAction: 'ec2:DescribeVpcs' } as const;
  const coverage = {
    ...runRecord().coverage,
    gaps: Array.from({ length: 12 }, (_, index) => ({ ...gap, accountId: `${index}`, checks: [], message: 'm' })),
    failedChecks: Array.from({ length: 7 }, (_, index) => ({ checkId: `check-${index}`, scope: 's', message: 'm' })),
    failedPlugins: Array.from({ length: 5 }, (_, index) => ({ plugin: `<p${index}>`, message: 'm' })),
  };
  const text = textsOf(await plan(memoryState(), '2026-11-24T06:05:00.000Z', { coverage, status: 'partial' }));
  expect(text).toContain('0 ec2.vpc: denied ec2:DescribeVpcs');
  expect(text).toContain('7 more gaps');
  expect(text).toContain('check check-2 failed; 4 more checks failed');
  expect(text).toContain('plug-in &lt;p2&gt; did not load; 2 more plug-ins did not load');
});

describe('splitMessage', () => {
  const section = fc
    .string({ minLength: 1, maxLength: 3000 })
    .map((text): Block => ({ type: 'section', text: { type: 'mrkdwn', verbatim: true, text } }));
  const block = fc.oneof({ weight: 3, arbitrary: section }, fc.constant<Block>({ type: 'divider' }));

  test('keeps every block and its order, and fills each message as far as it goes', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 200 }), (blocks) => {
        const messages = splitMessage(blocks, 'fallback');
        expect(messages.flatMap((message) => message.blocks)).toEqual(blocks);
        for (const [index, message] of messages.entries()) {
          messageSchema.parse(message);
          const next = messages[index + 1]?.blocks[0];
          if (next === undefined) continue;
          const length = message.blocks.map(blockLength).reduce((sum, own) => sum + own, 0);
          expect(message.blocks.length === 50 || length + blockLength(next) > maxMessageText).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('text from AWS in Slack', () => {
  test.each([
    ['<!channel> pay', '&lt;!channel&gt; pay'],
    ['<https://evil.example|console>', '&lt;https://evil.example|console&gt;'],
    ['R&D', 'R&amp;D'],
    ['&lt;', '&amp;lt;'],
    ['*bold* _it_ ~no~ `code`', '\u200b*bold\u200b* \u200b_it\u200b_ \u200b~no\u200b~ \u200b`code\u200b`'],
    ['@here @Channel', '@\u200bhere @\u200bChannel'],
    ['one\n> two\r\n*three*', 'one &gt; two  \u200b*three\u200b*'],
    ['a\u0000b\u001b[31mc\u202ed\u2028e', 'a b [31mc d e'],
    ['plain name-1', 'plain name-1'],
  ])('%j becomes %j', (given, expected) => {
    expect(escapeSlack(given)).toBe(expected);
  });

  test('a cut text is never longer than allowed and never ends inside an escape', () => {
    fc.assert(
      fc.property(foreign, fc.integer({ min: 10, max: 300 }), (text, max) => {
        const short = cut(escapeSlack(text), max);
        expect(short.length).toBeLessThanOrEqual(max);
        expect(short).not.toMatch(/&(?!amp;|lt;|gt;)/);
        expect(short.isWellFormed() || !text.isWellFormed()).toBe(true);
        expect(short).not.toMatch(/[<>]/);
      }),
    );
  });

  test('an address that could break out of its link is left out', async () => {
    const fix = { summary: 'mend', consoleUrl: 'https://console.aws.amazon.com/x|y>*' };
    const text = textsOf(
      await plan(memoryState([change('opened', '2026-11-24T06:00:00.000Z', { fix })]), '2026-11-24T06:05:00.000Z'),
    );
    expect(text).toContain('_Fix:_ mend · ');
    expect(text).not.toContain('console');
  });
});
