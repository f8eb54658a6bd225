import { describe, expect, test } from 'vitest';
import type { Price } from '../../src/model/price.ts';
import { loadPrices } from '../../src/price/load.ts';
import { loadPriceBook } from '../../src/price/price-book.ts';

const price = (overrides: Partial<Price> = {}): Price => ({
  sku: 'nat-gateway.hour',
  unit: 'hour',
  usdByRegion: { 'us-east-1': 0.045 },
  source: 'a price list',
  asOf: '2026-09-10',
  ...overrides,
});

describe('the price book', () => {
  test('has no price for a region that has none', () => {
    const book = loadPriceBook([price()]);
    expect(book.find('nat-gateway.hour', 'us-east-1')).toEqual({
      unit: 'hour',
      usd: 0.045,
      priceSource: 'shipped',
      asOf: '2026-09-10',
    });
    expect(book.find('nat-gateway.hour', 'eu-central-1')).toBeUndefined();
    expect(book.has('nat-gateway.hour')).toBe(true);
    expect(book.has('nat-gateway.day')).toBe(false);
  });

  test('tells the day on which its oldest price was read', () => {
    expect(loadPriceBook([price(), price({ sku: 'other.hour', asOf: '2026-08-21' })]).oldest()).toBe('2026-08-21');
  });

  test('refuses a sku that stands twice', () => {
    expect(() => loadPriceBook([price(), price()])).toThrow('nat-gateway.hour stands twice');
  });
});

describe('the shipped prices', () => {
  const prices = loadPrices();
  const book = loadPriceBook(prices);

  test.each([
    ['nat-gateway.hour', 'us-east-1', 0.045],
    ['nat-gateway.hour', 'us-west-2', 0.045],
    ['nat-gateway.data-processed', 'eu-west-1', 0.048],
    ['nat-gateway.data-processed', 'eu-west-2', 0.05],
    ['nat-gateway.hour', 'ca-central-1', 0.05],
    ['vpc-endpoint.hour', 'us-east-1', 0.01],
    ['vpc-endpoint.hour', 'eu-west-1', 0.011],
    ['public-ipv4.hour', 'ap-southeast-2', 0.005],
    ['s3.standard', 'us-east-1', 0.023],
    ['s3.standard-ia', 'us-east-1', 0.0125],
    ['s3.request-get', 'us-east-1', 0.0004],
    ['s3.request-put', 'us-east-1', 0.005],
  ])('%s in %s is $%d', (sku, region, usd) => {
    expect(book.find(sku, region)?.usd).toBe(usd);
  });

  test('say where and when each value was read', () => {
    for (const { source, asOf } of prices) {
      expect(source).not.toBe('');
      expect(asOf).toMatch(/^2026-\d\d-\d\d$/);
    }
  });

  test('give the break-even of an interface endpoint that AWS prices imply: 208.6 GB per zone in us-east-1', () => {
    const usd = (sku: string) => book.find(sku, 'us-east-1')?.usd ?? Number.NaN;
    const gb =
      (usd('vpc-endpoint.hour') * 730) / (usd('nat-gateway.data-processed') - usd('vpc-endpoint.data-processed'));
    expect(gb).toBeCloseTo(208.57, 2);
  });
});
