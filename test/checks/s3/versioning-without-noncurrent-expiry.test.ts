import check from '../../../checks/s3/versioning-without-noncurrent-expiry.ts';
import { bucketSize, lifecycle, lifecycleRule, versioning } from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';

const data = 'acme-data';
const resources = (status: 'enabled' | 'suspended' | 'never', ...rules: Parameters<typeof lifecycleRule>[0][]) => ({
  's3.bucket-lifecycle': [lifecycle(data, rules.map(lifecycleRule))],
  's3.bucket-versioning': [versioning(data, status)],
});

testCheck(check, {
  clean: [
    { name: 'never had versions', resources: resources('never') },
    { name: 'old versions expire after 90 days', resources: resources('enabled', { noncurrentExpirationDays: 90 }) },
    { name: 'versioning of the bucket unknown', resources: { 's3.bucket-lifecycle': [lifecycle(data)] } },
    { name: 'lifecycle of the bucket unknown', resources: { 's3.bucket-versioning': [versioning(data, 'enabled')] } },
  ],
  findings: [
    {
      name: 'suspended with 2 TB of old versions: they keep billing',
      resources: {
        ...resources('suspended'),
        's3.bucket-size': [bucketSize(data, { standardGb: 3000, noncurrentGb: 2048 })],
      },
      expect: [
        {
          resourceId: data,
          // 2 TB are $47.10: just under the threshold of $50.
          severity: 'low',
          summary: /has versioning suspended and no expiry of old versions; it holds 2,048 GB of old versions/,
          savableUsage: [{ sku: 's3.standard', quantity: 2048, low: 0, high: 2048, unit: 'GB-month' }],
          overlap: 's3-storage:acme-data',
        },
      ],
    },
    {
      name: 'enabled with 10 TB of old versions',
      resources: { ...resources('enabled'), 's3.bucket-size': [bucketSize(data, { noncurrentGb: 10_240 })] },
      expect: [{ resourceId: data, severity: 'medium' }],
    },
    {
      name: 'without Storage Lens: unpriced, with the size of the bucket',
      resources: { ...resources('enabled'), 's3.bucket-size': [bucketSize(data, { standardGb: 3000 })] },
      expect: [
        {
          resourceId: data,
          severity: 'low',
          summary: /3,000 GB in Standard, old versions included/,
          savableUsage: undefined,
          evidence: { standardGb: 3000, noncurrentGb: null },
        },
      ],
    },
    {
      name: 'a small bucket',
      resources: { ...resources('enabled'), 's3.bucket-size': [bucketSize(data, { standardGb: 1 })] },
      expect: [{ resourceId: data, severity: 'info' }],
    },
    {
      name: 'old versions expire in one prefix only',
      resources: resources('enabled', { filter: 'prefix', prefix: 'tmp/', noncurrentExpirationDays: 30 }),
      expect: [{ resourceId: data }],
    },
    {
      name: 'old versions only move to a cheaper class',
      resources: resources('enabled', { noncurrentTransitions: [{ storageClass: 'GLACIER', days: 30 }] }),
      expect: [{ resourceId: data }],
    },
  ],
  unknown: [{ name: 'versioning denied', resources: resources('enabled'), gaps: ['s3.bucket-versioning'] }],
});
