/** The words of an incident: what, how much with its arithmetic, why unusual, what it comes to; the same for the same. */
import { describe, expect, test } from 'vitest';
import { type Circumstances, explainIncident } from '../../src/anomaly/explanation.ts';
import type { CostIncident } from '../../src/model/resources/cost.ts';
import { costIncident, incidentDay, incidentSeries } from '../support/incidents.ts';

const fourDays = ['2026-11-03', '2026-11-04', '2026-11-05', '2026-11-06'].map((day) => incidentDay(day, 214.1));

function textOf(incident: CostIncident, circumstances?: Circumstances): string {
  const { headline, lines, causes } = explainIncident(incident, circumstances);
  return [headline, ...lines, ...causes].join('\n');
}

type Case = { name: string; incident: CostIncident; says: (string | RegExp)[]; never?: (string | RegExp)[] };

describe('an incident in words', () => {
  test.each<Case>([
    {
      name: 'a spike of one day',
      incident: costIncident(),
      says: [
        /^EC2 - Other, NAT gateway, data processed in us-east-1: \$134\.50 more than expected on 3 Nov 2026$/m,
        '$214.10 on 3 Nov against $79.60 expected ($70.00 to $91.00): +$134.50; 1 day so far +$134.50 ($123.10 to $144.10).',
        'Unusual because: highest in 200 days; 9.4 sigma. Band of 90 % from 75 days of its own history, same weekday.',
        'Confidence high.',
        'If it goes on: about $4,089 a month.',
      ],
      never: ['at least', 'AWS raised', 'charge of that date'],
    },
    {
      name: 'a rise that stays, with its running total',
      incident: costIncident({ shape: 'shift', state: 'ongoing', series: [incidentSeries({ days: fourDays })] }),
      says: [
        /: \$538\.00 more than expected since 3 Nov 2026 \(4 days\)$/m,
        '$214.10 on 6 Nov against $79.60',
        '4 days so far +$538.00 ($492.40 to $576.40).',
      ],
      never: ['on 3 Nov against'],
    },
    {
      name: 'a drift against its level before',
      incident: costIncident({
        shape: 'drift',
        confidence: 'medium',
        series: [incidentSeries({ days: fourDays, historyDays: 180 })],
      }),
      says: [
        '$538.00 more than expected, creeping up since 3 Nov 2026 (4 days)',
        'Measured against its level before it began to creep, with 180 days of history. Confidence medium.',
      ],
      never: ['same weekday'],
    },
    {
      name: 'a drop, which costs nothing if it goes on',
      incident: costIncident({
        direction: 'down',
        shape: 'drop',
        monthlyRunRateUsd: -2116,
        series: [incidentSeries({ days: [incidentDay('2026-11-03', 10)], extremeOfDays: 90 })],
      }),
      says: [
        '$69.60 less than expected on 3 Nov 2026',
        '-$69.60; 1 day so far -$69.60 (-$81.00 to -$60.00).',
        'lowest in 90 days',
      ],
      never: ['If it goes on', 'more than'],
    },
    {
      name: 'a first day that is not complete yet',
      incident: costIncident({
        state: 'provisional',
        confidence: 'low',
        series: [incidentSeries({ days: [incidentDay('2026-11-03', 214.1, { isPartial: true })] })],
      }),
      says: [
        ': at least $134.50 more than expected on 3 Nov 2026',
        'at least $214.10 on 3 Nov (not complete yet) against $79.60',
        'Confidence low: its first day is not complete yet.',
      ],
    },
    {
      name: 'a figure that AWS raised',
      incident: costIncident({ restated: { day: '2026-11-03', fromUsd: 80, toUsd: 214.1 } }),
      says: ['AWS raised the figure for 3 Nov from $80.00 to $214.10.'],
    },
    {
      name: 'a charge of now and then that was higher than ever',
      incident: costIncident({
        shape: 'recurringExceeded',
        confidence: 'low',
        series: [
          incidentSeries({
            sigma: null,
            days: [incidentDay('2026-11-17', 214.1, { lowerUsd: 0 })],
            sameDayOfMonth: [
              { day: '2026-10-17', usd: 0 },
              { day: '2026-09-17', usd: 12 },
            ],
          }),
        ],
      }),
      says: [
        '$134.50 more than such a charge comes to on 17 Nov 2026',
        'no charge of that date: 17 Sep was $12.00, 17 Oct was $0.00.',
        'Measured against what it came to in 75 days. Confidence low: it is not billed every day.',
      ],
      never: ['sigma'],
    },
    {
      name: 'a charge on more days than in any week before',
      incident: costIncident({ shape: 'overrun', series: [incidentSeries({ days: fourDays, sigma: null })] }),
      says: ['$538.00 more than usual, charged on more days than in any week before since 3 Nov 2026'],
    },
    {
      name: 'a month-start rise where no month had such a charge',
      incident: costIncident({
        series: [
          incidentSeries({
            days: [incidentDay('2026-11-01', 214.1)],
            sameDayOfMonth: [
              { day: '2026-10-01', usd: 12 },
              { day: '2026-09-01', usd: 12 },
            ],
          }),
        ],
      }),
      says: ['no month-start charge: 1 Sep and 1 Oct were $12.00'],
    },
    {
      name: 'a month-start rise where another month had one as well',
      incident: costIncident({
        series: [
          incidentSeries({
            days: [incidentDay('2026-11-01', 214.1)],
            sameDayOfMonth: [{ day: '2026-10-01', usd: 190 }],
          }),
        ],
      }),
      says: ['highest in 200 days'],
      never: ['month-start'],
    },
    {
      name: 'new spend in a place without history',
      incident: costIncident({
        shape: 'newSpend',
        series: [
          incidentSeries({
            days: [incidentDay('2026-11-03', 900, { expectedUsd: 0, lowerUsd: 0, upperUsd: 0 })],
            usageType: 'USE2-BoxUsage:p4d.24xlarge',
            region: 'us-east-2',
            service: 'Amazon Elastic Compute Cloud - Compute',
            historyDays: 0,
            sigma: null,
          }),
        ],
      }),
      says: [
        '$900.00 where nothing was spent before on 3 Nov 2026',
        '$900.00 on 3 Nov against $0.00 expected: +$900.00',
        'Unusual because: nothing was spent here before.',
        'p4d.24xlarge in us-east-2',
      ],
      never: ['sigma', '($0.00 to'],
    },
    {
      name: 'a level that is the usual one now',
      incident: costIncident({ state: 'newNormal', shape: 'shift', series: [incidentSeries({ days: fourDays })] }),
      says: [
        'from 3 Nov to 6 Nov 2026 (4 days)',
        '4 days in all +$538.00',
        'This is the usual level from now on: $4,089 a month more than before.',
      ],
      never: ['so far', 'If it goes on'],
    },
    {
      name: 'a time that is over',
      incident: costIncident({ state: 'resolved', series: [incidentSeries({ days: fourDays })] }),
      says: ['4 days in all +$538.00 ($492.40 to $576.40).', 'Back to what is expected after 6 Nov.'],
      never: ['If it goes on', 'so far'],
    },
    {
      name: 'a figure that AWS took back',
      incident: costIncident({ state: 'withdrawn' }),
      says: ['AWS has changed the figure: it is within the band now.'],
      never: ['If it goes on'],
    },
    {
      name: 'a short history, told as the reason of low confidence',
      incident: costIncident({ confidence: 'low', series: [incidentSeries({ historyDays: 12 })] }),
      says: ['Band of 90 % from 12 days', 'Confidence low: its history is short.'],
    },
    {
      name: 'several series of several accounts, summed after they were judged',
      incident: costIncident({
        series: [
          incidentSeries({ days: fourDays }),
          incidentSeries({
            accountId: '222222222222',
            service: 'AWS Data Transfer',
            usageType: 'DataTransfer-Regional-Bytes',
          }),
        ],
      }),
      says: [
        'in us-east-1 and 1 more in 2 accounts: $672.50 more',
        '4 days so far, all 2 together +$672.50',
        'With it: AWS Data Transfer, data transfer between availability zones in us-east-1 +$134.50.',
      ],
    },
    {
      name: 'thousands without cents, where the subtraction still comes out',
      incident: costIncident({ series: [incidentSeries({ days: [incidentDay('2026-11-03', 2141.49)] })] }),
      says: ['$2,141 on 3 Nov against $79.60 expected ($70.00 to $91.00): +$2,061'],
    },
    {
      name: 'a usage type that no table knows, as it is',
      incident: costIncident({ series: [incidentSeries({ usageType: 'USE1-Warp-Drive' })] }),
      says: [/USE1-Warp-Drive/],
    },
  ])('$name', ({ incident, says, never = [] }) => {
    const text = textOf(incident);
    for (const part of says) expect(text).toMatch(part);
    for (const part of never) expect(text).not.toMatch(part);
    expect(textOf(incident)).toBe(text);
    expect(text).not.toMatch(/NaN|undefined|Infinity|\bnull\b/);
  });

  test('an incident without series is a bug, not a message', () => {
    expect(() => explainIncident(costIncident({ series: [] }))).toThrow(
      'incident i_0123456789abcdef0123 has no series',
    );
  });
});

describe('causes', () => {
  const cause = {
    dims: { service: 'EC2 - Other', usageType: 'NatGateway-Bytes' },
    impactUsd: 120,
    share: 0.92,
    factor: 2.69,
  };
  const change = {
    at: '2026-11-03T14:02:10Z',
    eventName: 'CreateRoute',
    actor: 'role/deploy',
    resource: 'rtb-0a1b2c3d',
    confidence: 'medium' as const,
    why: 'sends traffic through a NAT gateway, 2 h before',
  };
  const causesOf = (circumstances: Circumstances) => explainIncident(costIncident(), circumstances).causes;

  test.each<{ name: string; given: Circumstances; told: string[] }>([
    { name: 'nothing known', given: {}, told: [] },
    {
      name: 'a part of the bill, with usage apart from price',
      given: { causes: [{ ...cause, change: { usageUsd: 110, priceUsd: 10, mixUsd: 0 } }] },
      told: [
        'service EC2 - Other, usage NatGateway-Bytes (NAT gateway, data processed): +$120.00 (92 % of what moved, 2.7 times as much): +$110.00 from more usage, +$10.00 from another unit price.',
      ],
    },
    {
      name: 'several parts, most dollars first, and one that is new',
      given: {
        causes: [
          { dims: { account: '222222222222' }, impactUsd: 40, share: 0.2, factor: null },
          { ...cause, dims: { region: 'us-east-1' } },
        ],
      },
      told: [
        'region us-east-1: +$120.00 (92 % of what moved, 2.7 times as much).',
        'account 222222222222: +$40.00 (20 % of what moved, new).',
      ],
    },
    {
      name: 'changes in the account, the likelier first, never as proof',
      given: { changes: [{ ...change, eventName: 'RunInstances', confidence: 'low', resource: null }, change] },
      told: [
        'CreateRoute by role/deploy on rtb-0a1b2c3d at 2026-11-03 14:02 UTC: sends traffic through a NAT gateway, 2 h before (confidence medium; correlated, not proven).',
        'RunInstances by role/deploy at 2026-11-03 14:02 UTC: sends traffic through a NAT gateway, 2 h before (confidence low; correlated, not proven).',
      ],
    },
    {
      name: 'what usually does it, and the finding that shows it',
      given: {
        mechanism: { words: 'more data through NAT gateways', checkId: 'vpc-missing-s3-gateway-endpoint' },
        links: [
          {
            findingId: 'f_1',
            checkId: 'vpc-missing-s3-gateway-endpoint',
            summary: 'vpc-1 has no endpoint',
            monthlyUsd: 54,
          },
        ],
      },
      told: [
        'Often: more data through NAT gateways.',
        'See also vpc-missing-s3-gateway-endpoint f_1, $54.00 a month: vpc-1 has no endpoint.',
      ],
    },
  ])('$name', ({ given, told }) => {
    expect(causesOf(given)).toEqual(told);
  });

  test('account and owner are named where they are known', () => {
    const { lines } = explainIncident(costIncident(), { accountName: 'payments-prod', owner: 'payments' });
    expect(lines.slice(-2)).toEqual(['Account payments-prod (111111111111).', 'Owner: payments.']);
  });
});
