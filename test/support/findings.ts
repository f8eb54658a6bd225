/** Findings and records for tests of what comes after the checks. */
import type { FindingRecord } from '../../src/model/change.ts';
import { type Finding, findingId, type Saving } from '../../src/model/finding.ts';

export function saving(monthlyUsd: number, overrides: Partial<Saving> = {}): Saving {
  const quantity = monthlyUsd / 0.045;
  return {
    monthlyUsd,
    lowUsd: monthlyUsd,
    highUsd: monthlyUsd,
    confidence: 'measured',
    oneOffUsd: 0,
    lines: [
      {
        sku: 'nat-gateway.data-processed',
        quantity,
        unit: 'GB',
        unitPriceUsd: 0.045,
        subtotalUsd: monthlyUsd,
        priceSource: 'shipped',
        asOf: '2026-09-10',
      },
    ],
    ...overrides,
  };
}

export function finding(overrides: Partial<Finding> = {}): Finding {
  const checkId = overrides.checkId ?? 'vpc-missing-s3-gateway-endpoint';
  const accountId = overrides.accountId ?? '111111111111';
  const region = overrides.region ?? 'us-east-1';
  const resourceId = overrides.resourceId ?? 'vpc-0a1b2c3d4e5f60718';
  return {
    id: findingId(checkId, accountId, region, resourceId),
    checkId,
    title: 'Private route table reaches S3 through a NAT gateway',
    severity: 'medium',
    accountId,
    accountName: 'payments-prod',
    region,
    resourceId,
    resourceArn: `arn:aws:ec2:${region}:${accountId}:vpc/${resourceId}`,
    resourceType: 'AWS::EC2::VPC',
    tags: { team: 'payments' },
    owner: { name: 'payments', via: 'tag:team', slack: '#payments-alerts' },
    summary: `${resourceId} sends S3 traffic through a NAT gateway`,
    evidence: { vpcId: resourceId },
    cause: null,
    saving: saving(54),
    overlap: null,
    fix: { summary: 'Create the S3 gateway endpoint.' },
    ...overrides,
  };
}

export function record(overrides: Partial<FindingRecord> = {}): FindingRecord {
  const at = '2026-11-23T06:00:00.000Z';
  return {
    finding: finding(),
    scope: 'region/111111111111/us-east-1',
    state: 'open',
    change: 'opened',
    reason: null,
    firstSeenAt: at,
    lastSeenAt: at,
    changedAt: at,
    runId: 'run-1',
    reopenedCount: 0,
    until: null,
    acknowledgedBy: null,
    history: [{ at, change: 'opened', reason: null }],
    ...overrides,
  };
}
