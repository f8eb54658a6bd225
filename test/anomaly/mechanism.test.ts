import { describe, expect, test } from 'vitest';
import { builtInChecks } from '../../checks/index.ts';
import { mechanismOf } from '../../src/anomaly/mechanism.ts';
import { mechanisms } from '../../src/anomaly/mechanisms.ts';
import type { CostIncident, IncidentSeries } from '../../src/model/resources/cost.ts';
import { costIncident, incidentSeries } from '../support/bill.ts';

const ec2 = 'Amazon Elastic Compute Cloud - Compute';
const s3 = 'Amazon Simple Storage Service';

function moved(service: string, usageType: string, factor = 2, more: Partial<IncidentSeries> = {}): IncidentSeries {
  const day = { expectedUsd: 10, lowerUsd: 8, upperUsd: 12, isPartial: false };
  return incidentSeries({
    service,
    usageType,
    days: [
      { ...day, day: '2026-11-22', actualUsd: 10 * factor },
      // The newest day is never complete: what it lacks must not hide the worst one.
      { ...day, day: '2026-11-23', actualUsd: 11, isPartial: true },
    ],
    ...more,
  });
}

function incident(series: IncidentSeries[], more: Partial<CostIncident> = {}): CostIncident {
  return costIncident({ series, ...more });
}

describe('what moved together names the mechanism and the check that looks at it', () => {
  test.each<[string, IncidentSeries[], Partial<CostIncident>, RegExp, string | null]>([
    [
      'NAT and zones',
      [moved('EC2 - Other', 'NatGateway-Bytes'), moved('AWS Data Transfer', 'DataTransfer-Regional-Bytes')],
      {},
      /rose together/,
      'vpc-missing-s3-gateway-endpoint',
    ],
    [
      'NAT alone',
      [moved('EC2 - Other', 'EU-NatGateway-Bytes')],
      {},
      /more data through NAT/,
      'vpc-missing-s3-gateway-endpoint',
    ],
    [
      'functions nine times over',
      [moved('AWS Lambda', 'Lambda-GB-Second', 9), moved('AWS Lambda', 'Request', 9)],
      {},
      /calls itself/,
      null,
    ],
    [
      'GPUs from nothing',
      [moved(ec2, 'APS3-BoxUsage:p4d.24xlarge')],
      { shape: 'newSpend' },
      /stolen key/,
      'cost-new-service-or-region',
    ],
    [
      'more of the GPUs there are',
      [moved(ec2, 'BoxUsage:g5.xlarge')],
      { shape: 'shift' },
      /more or larger machines/,
      null,
    ],
    ['snapshots', [moved('EC2 - Other', 'EBS:SnapshotUsage')], { shape: 'drift' }, /never deleted/, null],
    ['a bucket', [moved(s3, 'TimedStorage-ByteHrs')], { shape: 'drift' }, /lifecycle rule/, 's3-missing-lifecycle'],
    [
      'a bucket by its product code',
      [moved('AmazonS3', 'TimedStorage-ByteHrs')],
      { shape: 'drift' },
      /lifecycle rule/,
      's3-missing-lifecycle',
    ],
    ['images', [moved('AmazonECR', 'TimedStorage-ByteHrs')], { shape: 'drift' }, /images/, null],
    ['log archives', [moved('AmazonCloudWatch', 'TimedStorage-ByteHrs')], { shape: 'drift' }, /for ever/, null],
    ['log ingestion', [moved('AmazonCloudWatch', 'USW2-DataProcessing-Bytes')], {}, /more log data/, null],
    ['disks', [moved('EC2 - Other', 'EBS:VolumeUsage.gp3')], {}, /disks/, null],
    [
      'idle addresses',
      [moved('AmazonVPC', 'PublicIPv4:IdleAddress')],
      {},
      /nothing uses/,
      'public-ipv4-idle-or-excess',
    ],
  ])('%s', (_name, series, more, words, checkId) => {
    const found = mechanismOf(incident(series, more));
    expect(found?.words).toMatch(words);
    expect(found?.checkId).toBe(checkId);
  });

  test.each<[string, CostIncident]>([
    [
      'functions that only doubled',
      incident([moved('AWS Lambda', 'Lambda-GB-Second', 2), moved('AWS Lambda', 'Request', 2)]),
    ],
    [
      'bytes of a load balancer, which are no logs',
      incident([moved('Amazon Elastic Load Balancing', 'DataProcessing-Bytes')]),
    ],
    ['a service nobody knows', incident([moved('Amazon Foo', 'Bar-Usage')])],
    ['what fell', incident([moved('EC2 - Other', 'NatGateway-Bytes')], { direction: 'down' })],
  ])('nothing typical is said of %s', (_name, of) => {
    expect(mechanismOf(of)).toBeUndefined();
  });
});

describe('what fell at the same time', () => {
  const rise = incident([moved(ec2, 'BoxUsage:m7g.xlarge')]);
  const spot = incident([moved(ec2, 'SpotUsage:m7g.xlarge', 0.1)], { id: 'fell', direction: 'down' });
  const cover = incident([moved(ec2, 'BoxUsage:m7g.xlarge', 0.1, { recordType: 'CoveredUsage' })], {
    id: 'cover',
    direction: 'down',
  });

  test('On-Demand in the place of Spot is no growth', () => {
    expect(mechanismOf(rise, [spot])?.words).toMatch(/Spot capacity went/);
  });

  test('usage that lost its commitment is no growth', () => {
    expect(mechanismOf(rise, [cover])?.words).toMatch(/Savings Plan or reservation/);
  });

  test.each([
    ['in another account', { ...spot, accountId: '999999999999' }],
    ['long before', { ...spot, onset: '2026-09-01', lastDay: '2026-09-03' }],
  ])('what fell %s has nothing to do with it', (_name, other) => {
    expect(mechanismOf(rise, [other])?.words).toMatch(/more or larger machines/);
  });
});

test('every mechanism has words of its own, and names checks as the catalogue does', () => {
  expect(new Set(mechanisms.map(({ words }) => words)).size).toBe(mechanisms.length);
  const ids = new Set<string | null>([null, ...builtInChecks.map(({ id }) => id)]);
  expect(mechanisms.filter(({ checkId }) => !ids.has(checkId))).toEqual([]);
});
