import { describe, expect, test } from 'vitest';
import type { FindingDraft, UsageLine } from '../../src/model/finding.ts';
import type { DailyCost } from '../../src/model/resources/cost.ts';
import { decodeUsageType } from '../../src/model/usage-types.ts';
import { loadPrices, loadSkuUsage } from '../../src/price/load.ts';
import { ownRates } from '../../src/price/own-rates.ts';
import { priceDraft, priceFinding } from '../../src/price/price.ts';
import { loadPriceBook } from '../../src/price/price-book.ts';
import { dailyCost } from '../support/bill.ts';
import { vpc } from '../support/builders.ts';
import { testAccount } from '../support/check-tester.ts';

const book = loadPriceBook(loadPrices());
const usages = loadSkuUsage();
const asOf = '2026-11-24';
const accountId = '222222222222';

/** Twenty days up to yesterday of one amount a day. */
function bill(
  service: string,
  usageType: string,
  usd: number,
  quantity: number,
  more: Partial<DailyCost> = {},
): DailyCost {
  return dailyCost({
    ...more,
    service,
    usageType,
    usd: Array.from({ length: 20 }, () => usd),
    quantity: Array.from({ length: 20 }, () => quantity),
  });
}

const natBytes = (usd: number, gb: number, more: Partial<DailyCost> = {}): DailyCost =>
  bill('EC2 - Other', 'NatGateway-Bytes', usd, gb, more);

describe('what an account really pays', () => {
  test.each<[string, DailyCost[], string, string, number]>([
    ['a discount on NAT data', [natBytes(3.6, 100)], 'nat-gateway.data-processed', 'us-east-1', 0.036],
    [
      'a region by its prefix',
      [bill('EC2 - Other', 'EU-NatGateway-Hours', 1.0368, 24, { region: 'eu-west-1' })],
      'nat-gateway.hour',
      'eu-west-1',
      0.0432,
    ],
    [
      'requests, priced by the thousand',
      [bill('Amazon Simple Storage Service', 'Requests-Tier1', 1.2, 300_000)],
      's3.request-put',
      'us-east-1',
      0.004,
    ],
    ['a bill by product codes', [bill('AmazonS3', 'TimedStorage-ByteHrs', 6, 300)], 's3.standard', 'us-east-1', 0.02],
    [
      'two usage types of one price, together',
      [
        bill('Amazon Virtual Private Cloud', 'PublicIPv4:InUseAddress', 1, 240),
        bill('Amazon Virtual Private Cloud', 'PublicIPv4:IdleAddress', 0.2, 60),
      ],
      'public-ipv4.hour',
      'us-east-1',
      0.004,
    ],
    [
      'a region without a list price, when it is near the one of us-east-1',
      [bill('Amazon Simple Storage Service', 'APS3-TimedStorage-ByteHrs', 2.5, 100, { region: 'ap-south-1' })],
      's3.standard',
      'ap-south-1',
      0.025,
    ],
  ])('%s', (_name, daily, sku, region, usd) => {
    const { rates, refused } = ownRates(daily, usages, book, asOf);
    expect(refused).toEqual([]);
    const rate = rates.find(sku, accountId, region);
    expect(rate).toMatchObject({ asOf: '2026-11-22', days: 14 });
    expect(rate?.usd).toBeCloseTo(usd, 10);
    expect(rates.find(sku, '999999999999', region)).toBeUndefined();
    expect(rates.find(sku, accountId, 'sa-east-1')).toBeUndefined();
  });

  test('days that are not complete, and those before the two weeks, are left out', () => {
    const usd = Array.from({ length: 20 }, () => 4);
    const quantity = Array.from({ length: 20 }, () => 100);
    // Older than two weeks: another price. Yesterday: dollars are there, most of the quantity is not.
    usd.splice(0, 5, 9, 9, 9, 9, 9);
    quantity[19] = 1;
    const series = { ...natBytes(0, 0), usd: Float64Array.from(usd), quantity: Float64Array.from(quantity) };
    expect(
      ownRates([series], usages, book, asOf).rates.find('nat-gateway.data-processed', accountId, 'us-east-1'),
    ).toEqual({
      usd: 0.04,
      unit: 'GB',
      asOf: '2026-11-22',
      days: 14,
    });
  });

  test.each<[string, number[], number[]]>([
    ['four days of usage', [4, 4, 4, 4], [100, 100, 100, 100]],
    ['days whose quantity nobody knows', Array(20).fill(4), Array(20).fill(Number.NaN)],
    ['days that were not delivered', Array(20).fill(Number.NaN), Array(20).fill(100)],
  ])('%s are too few to go by', (_name, usd, quantity) => {
    const series = dailyCost({ service: 'EC2 - Other', usageType: 'NatGateway-Bytes', usd, quantity });
    const { rates, refused } = ownRates([series], usages, book, asOf);
    expect(rates.find('nat-gateway.data-processed', accountId, 'us-east-1')).toBeUndefined();
    expect(refused).toEqual([]);
  });

  test('an account that pays the list price has no rate of its own', () => {
    const find = (usd: number) =>
      ownRates([natBytes(usd, 100)], usages, book, asOf).rates.find(
        'nat-gateway.data-processed',
        accountId,
        'us-east-1',
      );
    expect(find(4.49)).toBeUndefined();
    expect(find(4.4)?.usd).toBeCloseTo(0.044);
  });

  test('a free day in part moves the rate little, free days not at all', () => {
    const usd = [...Array(12).fill(4), 0, 0, 1, ...Array(5).fill(4)];
    const series = dailyCost({
      service: 'EC2 - Other',
      usageType: 'NatGateway-Bytes',
      usd,
      quantity: Array(20).fill(100),
    });
    const rate = ownRates([series], usages, book, asOf).rates.find(
      'nat-gateway.data-processed',
      accountId,
      'us-east-1',
    );
    expect(rate).toMatchObject({ usd: 0.04, days: 12 });
  });

  test.each<[string, DailyCost, string, object]>([
    ['the free tier is no price', natBytes(0, 100), 'free', { sku: 'nat-gateway.data-processed', listUsd: 0.045 }],
    ['ten times the list is a mistake of units', natBytes(46, 100), 'unlike-list', { ownUsd: 0.46, listUsd: 0.045 }],
    ['a tenth of the list is one too', natBytes(0.44, 100), 'unlike-list', { listUsd: 0.045 }],
    [
      'a unit that is not the one of the table',
      bill('Amazon Virtual Private Cloud', 'LoadBalancerUsage', 1, 24),
      'unit',
      { sku: 'odd.hour' },
    ],
  ])('%s', (_name, series, reason, more) => {
    const odd = {
      sku: 'odd.hour',
      services: ['Amazon Virtual Private Cloud'],
      families: ['LoadBalancerUsage'],
      billedUnit: 'GB',
      billedPerPriced: 1,
    };
    const { rates, refused } = ownRates([series], [...usages, odd], book, asOf);
    expect(refused).toEqual([expect.objectContaining({ reason, accountId, region: 'us-east-1', ...more })]);
    expect(rates.find('nat-gateway.data-processed', accountId, 'us-east-1')).toBeUndefined();
  });

  test('what a commitment pays is no rate, nor is usage that no sku stands for', () => {
    const daily = [natBytes(1, 100, { recordType: 'CoveredUsage' }), bill('AWS Lambda', 'Lambda-GB-Second', 2, 100)];
    const { rates, refused } = ownRates(daily, usages, book, asOf);
    expect(rates.find('nat-gateway.data-processed', accountId, 'us-east-1')).toBeUndefined();
    expect(refused).toEqual([]);
  });
});

describe('the shipped table', () => {
  test.each(usages)('$sku stands in the price book, in a unit that the bill comes to', (usage) => {
    const price = loadPrices().find(({ sku }) => sku === usage.sku);
    const unit = usage.billedPerPriced === 1 ? usage.billedUnit : `${usage.billedPerPriced} ${usage.billedUnit}s`;
    expect(price?.unit).toBe(unit);
    for (const service of usage.services)
      for (const family of usage.families)
        expect(decodeUsageType(service, `EU-${family}`)).toMatchObject({ family, unit: usage.billedUnit });
  });
});

describe('prices of findings', () => {
  const { rates } = ownRates(
    [natBytes(3.6, 100), bill('EC2 - Other', 'NatGateway-Hours', 0.96, 24)],
    usages,
    book,
    asOf,
  );
  const own = { rates, accountId };
  const gb = (quantity: number): UsageLine => ({ sku: 'nat-gateway.data-processed', quantity, unit: 'GB' });
  const hours = (sku: string, quantity: number): UsageLine => ({ sku, quantity, unit: 'hour' });
  const draft = (...savableUsage: UsageLine[]): FindingDraft => ({
    resource: vpc(),
    summary: 'x',
    evidence: {},
    savableUsage,
  });

  test('the own rate counts, and the list price stands beside it', () => {
    const saving = priceDraft(draft(gb(1000)), 'us-east-1', book, own);
    expect(saving?.monthlyUsd).toBeCloseTo(36, 10);
    expect(saving?.lines).toEqual([
      expect.objectContaining({ priceSource: 'own-rate', listUnitPriceUsd: 0.045, asOf: '2026-11-22', unit: 'GB' }),
    ]);
  });

  test('where the account has no rate, the list price counts and says so', () => {
    const saving = priceDraft(draft(gb(1000)), 'eu-west-1', book, own);
    expect(saving?.monthlyUsd).toBeCloseTo(48, 10);
    expect(saving?.lines[0]).not.toHaveProperty('listUnitPriceUsd');
    expect(saving?.lines[0]?.priceSource).toBe('shipped');
  });

  test('an own rate prices what the book does not know in the region', () => {
    const mumbai = ownRates(
      [bill('AmazonS3', 'APS3-TimedStorage-ByteHrs', 2.5, 100, { region: 'ap-south-1' })],
      usages,
      book,
      asOf,
    );
    const usage = draft({ sku: 's3.standard', quantity: 100, unit: 'GB-month' });
    expect(priceDraft(usage, 'ap-south-1', book)).toBeNull();
    const saving = priceDraft(usage, 'ap-south-1', book, { rates: mumbai.rates, accountId });
    expect(saving?.lines).toEqual([expect.not.objectContaining({ listUnitPriceUsd: expect.anything() })]);
    expect(saving?.monthlyUsd).toBeCloseTo(2.5, 10);
  });

  test('a swap is priced on one basis: list prices unless both sides have own rates', () => {
    const mixed = priceDraft(
      draft(hours('nat-gateway.hour', 730), hours('vpc-endpoint.hour', -730)),
      'us-east-1',
      book,
      own,
    );
    expect(mixed?.lines.map(({ priceSource }) => priceSource)).toEqual(['shipped', 'shipped']);
    expect(mixed?.monthlyUsd).toBeCloseTo(730 * 0.035, 10);
    const both = priceDraft(draft(hours('nat-gateway.hour', 730), gb(-10)), 'us-east-1', book, own);
    expect(both?.lines.map(({ priceSource }) => priceSource)).toEqual(['own-rate', 'own-rate']);
  });

  test('a line in another unit than the price is a mistake of the check with own rates too', () => {
    const wrong = { sku: 'nat-gateway.data-processed', quantity: 1, unit: 'hour' };
    expect(() => priceDraft(draft(wrong), 'us-east-1', book, own)).toThrow(/priced per GB, not per hour/);
  });

  test('a finding is priced by the rates of the account it is about', () => {
    const check = { id: 'nat-gateway-idle', title: 'Idle', severity: 'low', docs: { fix: 'Delete it.' } } as const;
    const account = { ...testAccount, id: accountId };
    const context = {
      scope: { kind: 'region', account, region: 'us-east-1' },
      owner: { name: 'x', via: 'default', slack: null },
      book,
      rates,
    } as const;
    const priced = { check, common: {}, draft: draft(hours('nat-gateway.hour', 100)) };
    expect(priceFinding(priced, { ...context, account }).finding.saving?.monthlyUsd).toBeCloseTo(4, 10);
    const other = { ...account, id: '999999999999' };
    expect(priceFinding(priced, { ...context, account: other }).finding.saving?.monthlyUsd).toBeCloseTo(4.5, 10);
  });
});
