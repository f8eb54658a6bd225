/** What the owner reads of one incident, from its first signs to its end. */
import { describe, expect, test } from 'vitest';
import type { FindingRecord } from '../../src/model/change.ts';
import type { CostIncident } from '../../src/model/resources/cost.ts';
import { escalationMessage, type IncidentContent, incidentMessage } from '../../src/notify/incident-message.ts';
import { messageSchema } from '../../src/notify/slack-limits.ts';
import { toldIncident } from '../../src/notify/told-incident.ts';
import { finding, record, saving } from '../support/findings.ts';
import { costIncident, incidentDay, incidentSeries } from '../support/incidents.ts';
import { textOf } from './digests.ts';
import { incidentFinding } from './incidents.ts';

const days = ['2026-11-03', '2026-11-04', '2026-11-05'].map((day) => incidentDay(day, 214.1));
const ongoing = costIncident({ state: 'ongoing', shape: 'shift', series: [incidentSeries({ days })] });

function content(
  incident: CostIncident,
  {
    finding: details = {},
    ...overrides
  }: Partial<Omit<FindingRecord, 'finding'>> & { finding?: Parameters<typeof finding>[0] } = {},
  related: FindingRecord[] = [],
): IncidentContent {
  const one = incidentFinding(incident, details);
  const told = toldIncident(one);
  if (told === undefined) throw new Error('the evidence cannot be read');
  return { record: record({ finding: one, ...overrides }), told, related, isDemo: false };
}

describe('blocks', () => {
  test('of an incident that goes on', () => {
    const cause =
      'usage NatGateway-Bytes (NAT gateway, data processed): +$134.50 (92 % of what moved, 2.7 times as much).';
    const other = record({ finding: finding({ saving: saving(54) }) });
    const { message, drawing } = incidentMessage(content(ongoing, { finding: { cause } }, [other]));
    expect(messageSchema.parse(message)).toEqual(message);
    expect(message).toMatchSnapshot();
    expect(message.blocks[drawing?.replaces ?? -1]).toMatchObject({ type: 'context' });
    expect(drawing?.chart).toMatchObject({
      title: 'NAT gateway, data processed, us-east-1',
      fact: '$214.10 on 5 Nov, expected $70.00 to $91.00',
      marked: ['2026-11-03', '2026-11-04', '2026-11-05'],
    });
  });

  test('of one that is over', () => {
    const incident = { ...ongoing, state: 'resolved' as const };
    const { message } = incidentMessage(content(incident, { state: 'resolved', reason: 'back within its band' }));
    expect(messageSchema.parse(message)).toEqual(message);
    expect(message).toMatchSnapshot();
  });
});

type Case = {
  name: string;
  given: IncidentContent;
  says: (string | RegExp)[];
  never?: (string | RegExp)[];
  hasPicture?: boolean;
};

test.each<Case>([
  {
    name: 'first signs',
    given: content({ ...ongoing, state: 'provisional' }),
    says: [
      /^\*\+\$403\.50 so far\* \(\$369\.30 to \$432\.30\) · high · first signs, since 3 Nov$/m,
      /^payments-prod 111111111111 · us-east-1 · owner payments$/m,
      'costwarden findings exempt f_',
    ],
  },
  {
    name: 'over, struck through with the final dollars',
    given: content({ ...ongoing, state: 'resolved' }, { state: 'resolved', reason: 'back within its band' }),
    says: [/^\*Over: \+\$403\.50 in all\*/m, /^~EC2 - Other.*~$/m],
    never: ['_Fix:_', 'so far', 'exempt'],
  },
  {
    name: 'over because its account was closed',
    given: content(ongoing, { state: 'resolved', reason: 'account closed' }),
    says: [/^\*Over: \+\$403\.50 in all\* .* · account closed$/m],
  },
  {
    name: 'the new normal, with what it costs a month',
    given: content({ ...ongoing, state: 'newNormal' }, { state: 'resolved', reason: 'the usual one now' }),
    says: [/^\*New normal: \$4,089 a month more than before\* · \+\$403\.50 until then$/m],
    never: ['~EC2'],
  },
  {
    name: 'withdrawn, in few words and without a picture',
    given: content({ ...ongoing, state: 'withdrawn' }, { state: 'resolved', reason: 'AWS has changed the figure' }),
    says: [/^Withdrawn: AWS has changed the figure/m, /^~EC2 - Other.*~$/m],
    never: ['against', '_Fix:_'],
    hasPicture: false,
  },
  {
    name: 'accepted, with the reason and what it costs',
    given: content(ongoing, { state: 'exempted', reason: 'load test <planned> (ann, until 2026-12-01)' }),
    says: [/^\*Accepted:\* load test &lt;planned&gt; \(ann, until 2026-12-01\) · \+\$403\.50 so far/m],
    never: ['_Fix:_', 'exempt f_'],
  },
  {
    name: 'snoozed',
    given: content(ongoing, { state: 'snoozed', until: '2026-12-01', reason: 'after the launch' }),
    says: ['*Accepted:* snoozed until 2026-12-01: after the launch'],
  },
  {
    name: 'acknowledged, still going on',
    given: content(ongoing, { acknowledgedBy: 'ann@example.com' }),
    says: [/ · seen by ann@example\.com · planned\?/, '*+$403.50 so far*'],
  },
  {
    name: 'names and tags that would be markup',
    given: content(ongoing, {
      finding: {
        accountName: '<!channel>*prod*',
        owner: { name: '<@U1>', via: 'tag:team', slack: null },
        cause: '`rm` <https://x.example|y>',
      },
    }),
    says: ['&lt;!channel&gt;\u200b*prod\u200b*', '&lt;@U1&gt;', '\u200b`rm\u200b` &lt;https://x.example|y&gt;'],
    never: [/<[!@]/, '<https://x'],
  },
])('$name', ({ given, says, never = [], hasPicture = true }) => {
  const { message, drawing } = incidentMessage(given);
  messageSchema.parse(message);
  const text = textOf(message.blocks);
  for (const part of says) expect(text).toMatch(part);
  for (const part of never) expect(text).not.toMatch(part);
  expect(drawing !== undefined).toBe(hasPicture);
});

test('words without an end are cut to what Slack takes', () => {
  const long = 'x'.repeat(20_000);
  const given = content(ongoing, {
    finding: {
      summary: long,
      cause: long,
      accountName: long,
      fix: { summary: long },
      owner: { name: long, via: 'v', slack: null },
    },
  });
  const evidence = { ...given.told, lines: Array.from({ length: 40 }, () => long) };
  const { message } = incidentMessage({ ...given, told: evidence, related: [given.record, given.record] });
  expect(messageSchema.parse(message)).toEqual(message);
});

test('the reply says how much it has grown', () => {
  const message = escalationMessage(content(ongoing), 134.5);
  expect(messageSchema.parse(message)).toEqual(message);
  expect(textOf(message.blocks)).toBe(
    '*It has grown:* $403.50 so far, at least three times the $134.50 first told; if it goes on, about $4,089 a month.',
  );
});

describe('evidence that cannot be read', () => {
  test.each([
    ['another check', { checkId: 'other' }],
    ['no evidence', { evidence: {} }],
    ['no series', { evidence: { incident: { ...ongoing, series: [] } as never } }],
  ])('%s: no message of its own', (_, details) => {
    expect(toldIncident(incidentFinding(ongoing, details))).toBeUndefined();
  });

  test('a chart of unequal lengths is left out, the words stay', () => {
    const given = incidentFinding(ongoing);
    const chart = { from: '2026-09-01', actualUsd: [1, 2], lowerUsd: [1], upperUsd: [2, 3] };
    const told = toldIncident({ ...given, evidence: { ...given.evidence, chart } });
    expect(told).toMatchObject({ chart: null, incident: { excessUsd: expect.closeTo(403.5) } });
  });
});
