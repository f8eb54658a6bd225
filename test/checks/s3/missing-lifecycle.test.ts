import { expect, test } from 'vitest';
import check from '../../../checks/s3/missing-lifecycle.ts';
import { bucket, bucketSize, bucketTags, lifecycle, lifecycleRule } from '../../support/builders.ts';
import { draftsOf, testCheck } from '../../support/check-tester.ts';

const logs = 'acme-logs';
const absent = { 's3.bucket': [bucket(logs)], 's3.bucket-lifecycle': [lifecycle(logs)] };

testCheck(check, {
  clean: [
    { name: 'the lifecycle of the bucket could not be read', resources: { 's3.bucket': [bucket(logs)] } },
    {
      name: 'rules, even disabled ones, are the matter of s3-lifecycle-ineffective',
      resources: { ...absent, 's3.bucket-lifecycle': [lifecycle(logs, [lifecycleRule({ isEnabled: false })])] },
    },
    {
      name: 'a directory bucket',
      resources: { 's3.bucket-lifecycle': [lifecycle('acme--use1-az4--x-s3')] },
    },
  ],
  findings: [
    {
      name: '4 TB of Standard',
      resources: { ...absent, 's3.bucket-size': [bucketSize(logs, { standardGb: 4096, objects: 2_000_000 })] },
      expect: [
        {
          resourceId: logs,
          severity: 'medium',
          summary: /acme-logs has no lifecycle rule and holds 4,096 GB in Standard/,
          savableUsage: [
            { sku: 's3.standard', quantity: 2048, low: 819.2, high: 3276.8, unit: 'GB-month' },
            { sku: 's3.standard-ia', quantity: -2048, low: -819.2, high: -3276.8, unit: 'GB-month' },
          ],
          overlap: 's3-storage:acme-logs',
        },
      ],
    },
    {
      name: 'a few hundred GB',
      resources: { ...absent, 's3.bucket-size': [bucketSize(logs, { standardGb: 300 })] },
      expect: [{ resourceId: logs, severity: 'low' }],
    },
    {
      name: 'less than 10 GB',
      resources: { ...absent, 's3.bucket-size': [bucketSize(logs, { standardGb: 2 })] },
      expect: [{ resourceId: logs, severity: 'info' }],
    },
    {
      name: 'a bucket that the CDK made is never more than low',
      resources: {
        's3.bucket-lifecycle': [lifecycle('cdk-hnb659fds-assets-111111111111-us-east-1')],
        's3.bucket-size': [bucketSize('cdk-hnb659fds-assets-111111111111-us-east-1', { standardGb: 9000 })],
      },
      expect: [{ resourceId: 'cdk-hnb659fds-assets-111111111111-us-east-1', severity: 'low' }],
    },
    {
      name: 'objects too small for the cheaper class: no saving is promised',
      resources: { ...absent, 's3.bucket-size': [bucketSize(logs, { standardGb: 1000, objects: 100_000_000 })] },
      expect: [{ resourceId: logs, savableUsage: undefined }],
    },
    {
      name: 'nothing in Standard',
      resources: { ...absent, 's3.bucket-size': [bucketSize(logs, { standardGb: 0 })] },
      expect: [{ resourceId: logs, severity: 'info', savableUsage: [] }],
    },
    {
      name: 'size unknown: reported and unpriced',
      resources: absent,
      gaps: ['s3.bucket-size'],
      expect: [{ resourceId: logs, severity: 'low', savableUsage: undefined, evidence: { standardGb: null } }],
    },
  ],
  unknown: [{ name: 'the bucket list is denied', resources: absent, gaps: ['s3.bucket'] }],
});

test('the finding is about the bucket in its own region, with its tags and the transitions it costs', () => {
  const { drafts } = draftsOf(check, {
    resources: {
      's3.bucket-lifecycle': [lifecycle(logs, [], 'eu-west-1')],
      's3.bucket-size': [bucketSize(logs, { standardGb: 4096, objects: 2_000_000 })],
      's3.bucket-tags': [bucketTags(logs, { team: 'platform' })],
    },
  });
  expect(drafts[0]).toMatchObject({
    resource: { id: logs, type: 'AWS::S3::Bucket', region: 'eu-west-1', tags: { team: 'platform' } },
    oneOffUsage: [{ sku: 's3.transition-to-standard-ia', quantity: 1000, unit: '1000 requests' }],
    fix: {
      consoleUrl: 'https://eu-west-1.console.aws.amazon.com/s3/buckets/acme-logs?region=eu-west-1&tab=management',
    },
  });
});
