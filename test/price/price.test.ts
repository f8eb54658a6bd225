import { describe, expect, test } from 'vitest';
import missingAbort from '../../checks/s3/missing-abort-incomplete-mpu.ts';
import missingLifecycle from '../../checks/s3/missing-lifecycle.ts';
import oldVersions from '../../checks/s3/versioning-without-noncurrent-expiry.ts';
import missingS3Endpoint from '../../checks/vpc/missing-s3-gateway-endpoint.ts';
import idleNat from '../../checks/vpc/nat-gateway-idle.ts';
import type { FindingDraft, Saving, UsageLine } from '../../src/model/finding.ts';
import { loadPrices } from '../../src/price/load.ts';
import { priceDraft, priceFinding } from '../../src/price/price.ts';
import { loadPriceBook } from '../../src/price/price-book.ts';
import { natVpc } from '../checks/vpc/networks.ts';
import { bucketSize, lifecycle, natGateway, natTraffic, versioning, vpc } from '../support/builders.ts';
import { draftsOf, type Resources, testAccount } from '../support/check-tester.ts';

const shipped = loadPriceBook(loadPrices());
const book = loadPriceBook([
  {
    sku: 'nat-gateway.hour',
    unit: 'hour',
    usdByRegion: { 'us-east-1': 0.045 },
    source: 'a price list',
    asOf: '2026-09-10',
  },
  {
    sku: 'vpc-endpoint.hour',
    unit: 'hour',
    usdByRegion: { 'us-east-1': 0.01 },
    source: 'a price list',
    asOf: '2026-09-11',
  },
  { sku: 's3.transition', unit: '1000 requests', usdByRegion: {}, source: 'a price list', asOf: '2026-09-12' },
]);

function draft(savableUsage: readonly UsageLine[] | undefined, overrides: Partial<FindingDraft> = {}): FindingDraft {
  return { resource: vpc(), summary: 'x', evidence: {}, savableUsage, ...overrides };
}

const hours = (sku: string, quantity: number): UsageLine => ({ sku, quantity, unit: 'hour' });

describe('golden savings, with the shipped prices of us-east-1', () => {
  function savingOf(check: unknown, resources: Resources, region?: string): Saving | null {
    const { drafts } = draftsOf(check, { resources, ...(region === undefined ? {} : { region }) });
    const [only] = drafts;
    if (only === undefined) throw new Error('the check found nothing');
    return priceDraft(only, only.resource.region ?? 'us-east-1', shipped);
  }

  test('1,200 GB a month through NAT without an S3 endpoint: $13.50, between $5.40 and $32.40', () => {
    const saving = savingOf(missingS3Endpoint, { ...natVpc(), 'ec2.nat-gateway-traffic': [natTraffic(1200)] });
    expect(saving?.monthlyUsd).toBeCloseTo(13.5, 6);
    expect(saving?.lowUsd).toBeCloseTo(5.4, 6);
    expect(saving?.highUsd).toBeCloseTo(32.4, 6);
    expect(saving?.confidence).toBe('estimated');
    expect(saving?.lines).toEqual([
      expect.objectContaining({
        sku: 'nat-gateway.data-processed',
        unit: 'GB',
        unitPriceUsd: 0.045,
        priceSource: 'shipped',
        asOf: '2026-09-10',
      }),
    ]);
  });

  test('an idle NAT gateway with one address: $36.50, measured', () => {
    const saving = savingOf(idleNat, { 'ec2.nat-gateway': [natGateway()], 'ec2.nat-gateway-traffic': [natTraffic(0)] });
    expect(saving).toMatchObject({ confidence: 'measured', oneOffUsd: 0 });
    expect(saving?.monthlyUsd).toBeCloseTo(36.5, 6);
    expect(saving?.lowUsd).toBe(saving?.monthlyUsd);
  });

  test('4,096 GB of Standard without lifecycle: $21.50 after the cheaper class, and its transitions once', () => {
    const saving = savingOf(missingLifecycle, {
      's3.bucket-lifecycle': [lifecycle('acme-logs')],
      's3.bucket-size': [bucketSize('acme-logs', { standardGb: 4096, objects: 2_000_000 })],
    });
    expect(saving?.monthlyUsd).toBeCloseTo(21.504, 6);
    expect(saving?.lowUsd).toBeCloseTo(8.6016, 6);
    expect(saving?.highUsd).toBeCloseTo(34.4064, 6);
    expect(saving?.oneOffUsd).toBeCloseTo(10, 6);
  });

  test('300 GB of stale upload parts: $6.90, measured', () => {
    const saving = savingOf(missingAbort, {
      's3.bucket-lifecycle': [lifecycle('acme-media')],
      's3.bucket-size': [bucketSize('acme-media', { staleUploadGb: 300 })],
    });
    expect(saving?.confidence).toBe('measured');
    expect(saving?.monthlyUsd).toBeCloseTo(6.9, 6);
  });

  test('2 TB of old versions: $47.10 at most', () => {
    const saving = savingOf(oldVersions, {
      's3.bucket-lifecycle': [lifecycle('acme-data')],
      's3.bucket-versioning': [versioning('acme-data', 'suspended')],
      's3.bucket-size': [bucketSize('acme-data', { noncurrentGb: 2048 })],
    });
    expect(saving?.monthlyUsd).toBeCloseTo(47.104, 6);
    expect(saving).toMatchObject({ lowUsd: 0, confidence: 'estimated' });
  });

  test('a bucket in a region without a price is unpriced, never priced as us-east-1', () => {
    const saving = savingOf(missingLifecycle, {
      's3.bucket-lifecycle': [lifecycle('acme-logs', [], 'ap-southeast-2')],
      's3.bucket-size': [bucketSize('acme-logs', { standardGb: 4096 })],
    });
    expect(saving).toBeNull();
  });
});

describe('the saving of a draft', () => {
  test('is null when the usage is not known, and zero when there is none', () => {
    expect(priceDraft(draft(undefined), 'us-east-1', book)).toBeNull();
    expect(priceDraft(draft([]), 'us-east-1', book)).toEqual({
      monthlyUsd: 0,
      lowUsd: 0,
      highUsd: 0,
      confidence: 'measured',
      oneOffUsd: 0,
      lines: [],
    });
  });

  test('takes off what the fix adds', () => {
    const saving = priceDraft(
      draft([hours('nat-gateway.hour', 730), hours('vpc-endpoint.hour', -1460)]),
      'us-east-1',
      book,
    );
    expect(saving?.monthlyUsd).toBeCloseTo(32.85 - 14.6, 6);
    expect(saving?.lines.map(({ subtotalUsd }) => Math.round(subtotalUsd * 100) / 100)).toEqual([32.85, -14.6]);
  });

  test('keeps low under high when only the added usage is a range', () => {
    const added: UsageLine = { sku: 'vpc-endpoint.hour', quantity: -730, low: -365, high: -1460, unit: 'hour' };
    const saving = priceDraft(draft([hours('nat-gateway.hour', 730), added]), 'us-east-1', book);
    expect(saving?.lowUsd).toBeCloseTo(32.85 - 14.6, 6);
    expect(saving?.highUsd).toBeCloseTo(32.85 - 3.65, 6);
  });

  test('is null when one price of several is missing', () => {
    expect(priceDraft(draft([hours('nat-gateway.hour', 730)]), 'eu-west-1', book)).toBeNull();
  });

  test('is null when the one-off cost cannot be told', () => {
    const oneOffUsage: UsageLine[] = [{ sku: 's3.transition', quantity: 5, unit: '1000 requests' }];
    expect(priceDraft(draft([hours('nat-gateway.hour', 730)], { oneOffUsage }), 'us-east-1', book)).toBeNull();
  });

  test('refuses a unit that is not the unit of the price', () => {
    const wrong = [{ sku: 'nat-gateway.hour', quantity: 1, unit: 'GB' }];
    expect(() => priceDraft(draft(wrong), 'us-east-1', book)).toThrow('priced per hour, not per GB');
  });

  test('refuses a sku that the book does not have at all', () => {
    expect(() => priceDraft(draft([hours('nat-gateway.hours', 1)]), 'us-east-1', book)).toThrow(
      'no sku nat-gateway.hours',
    );
  });
});

describe('a finding', () => {
  const check = {
    id: 'nat-gateway-idle',
    title: 'NAT gateway carries no traffic',
    severity: 'medium',
    docs: { fix: 'Delete it.' },
  } as const;
  const context = {
    account: testAccount,
    scope: { kind: 'region', account: testAccount, region: 'us-east-1' },
    owner: { name: 'payments', via: 'tag:team', slack: '#payments' },
    book,
  } as const;

  test('stays, unpriced, when the check made a mistake in its units', () => {
    const wrong = draft([{ sku: 'nat-gateway.hour', quantity: 1, unit: 'GB' }]);
    const { finding, problem } = priceFinding({ check, common: {}, draft: wrong }, context);
    expect(finding.saving).toBeNull();
    expect(problem).toMatch(/priced per hour/);
  });

  test('has the severity of the config before that of the draft before that of the check', () => {
    const severityWith = (common: { severity?: 'low' }, overrides: Partial<FindingDraft>) =>
      priceFinding({ check, common, draft: draft([], overrides) }, context).finding.severity;
    expect(severityWith({ severity: 'low' }, { severity: 'high' })).toBe('low');
    expect(severityWith({}, { severity: 'high' })).toBe('high');
    expect(severityWith({}, {})).toBe('medium');
  });

  test('keeps its id when words and dollars change, and not when it is about something else', () => {
    const idOf = (changed: FindingDraft) => priceFinding({ check, common: {}, draft: changed }, context).finding.id;
    const id = idOf(draft([hours('nat-gateway.hour', 730)]));
    expect(idOf(draft(undefined, { summary: 'other words' }))).toBe(id);
    expect(idOf(draft([], { subKey: 'dynamodb' }))).not.toBe(id);
    expect(idOf(draft([], { resource: { ...vpc(), region: 'eu-west-1' } }))).not.toBe(id);
  });

  test('is priced where its resource is, not where it was listed', () => {
    const inEurope = draft([hours('nat-gateway.hour', 730)], { resource: { ...vpc(), region: 'eu-west-1' } });
    const { finding } = priceFinding({ check, common: {}, draft: inEurope }, context);
    expect(finding).toMatchObject({ region: 'eu-west-1', saving: null });
  });
});

describe('dollars that a source states by itself', () => {
  const daily = {
    sku: 'bill.daily-excess',
    quantity: 30.4,
    unit: 'day',
    unitPriceUsd: 134.5,
    asOf: '2026-11-23',
  } as const;

  test('need no price book, and keep their bounds', () => {
    const stated = [{ ...daily, lowUnitPriceUsd: 120, highUnitPriceUsd: 150, priceSource: 'own-rate' as const }];
    expect(priceDraft(draft([], { stated }), 'xx-nowhere-1', book)).toMatchObject({
      monthlyUsd: 30.4 * 134.5,
      lowUsd: 30.4 * 120,
      highUsd: 30.4 * 150,
      confidence: 'estimated',
      lines: [{ sku: 'bill.daily-excess', subtotalUsd: 30.4 * 134.5, priceSource: 'own-rate', asOf: '2026-11-23' }],
    });
  });

  test('are measured when they come from the bill without bounds, and never when AWS estimates them', () => {
    const confidence = (priceSource: 'own-rate' | 'aws-estimate') =>
      priceDraft(draft([], { stated: [{ ...daily, priceSource }] }), 'us-east-1', book)?.confidence;
    expect([confidence('own-rate'), confidence('aws-estimate')]).toEqual(['measured', 'estimated']);
  });

  test('stay unpriced when the usage is not known', () => {
    expect(
      priceDraft(draft(undefined, { stated: [{ ...daily, priceSource: 'own-rate' }] }), 'us-east-1', book),
    ).toBeNull();
  });
});

test('a finding about a linked account carries that account, not the one whose scope it was found in', () => {
  const linked = { ...testAccount, id: '333333333333', name: 'shop' };
  const check = { id: 'x-y', title: 't', severity: 'low', docs: { fix: 'f' } } as const;
  const { finding } = priceFinding(
    { check, common: {}, draft: draft([]) },
    {
      account: linked,
      scope: { kind: 'payer', account: testAccount, region: 'global' },
      owner: { name: 'a', via: 'default', slack: null },
      book,
    },
  );
  expect(finding).toMatchObject({ accountId: '333333333333', accountName: 'shop' });
});
