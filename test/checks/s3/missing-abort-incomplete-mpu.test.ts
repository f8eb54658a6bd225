import check from '../../../checks/s3/missing-abort-incomplete-mpu.ts';
import { bucketSize, lifecycle, lifecycleRule } from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';

const media = 'acme-media';
const absent = { 's3.bucket-lifecycle': [lifecycle(media)] };
const withRule = (rule: Parameters<typeof lifecycleRule>[0]) => ({
  's3.bucket-lifecycle': [lifecycle(media, [lifecycleRule(rule)])],
});

testCheck(check, {
  clean: [
    { name: 'aborted after 5 days in the whole bucket', resources: withRule({ abortIncompleteUploadDays: 5 }) },
    { name: 'the lifecycle could not be read', resources: {} },
  ],
  findings: [
    {
      name: '300 GB of stale parts',
      resources: { ...absent, 's3.bucket-size': [bucketSize(media, { standardGb: 5000, staleUploadGb: 300 })] },
      expect: [
        {
          resourceId: media,
          severity: 'low',
          summary: /never aborts unfinished uploads; parts older than 7 days hold 300\.0 GB/,
          savableUsage: [{ sku: 's3.standard', quantity: 300, unit: 'GB-month' }],
          overlap: 's3-storage:acme-media',
        },
      ],
    },
    {
      name: 'a terabyte of stale parts',
      resources: { ...absent, 's3.bucket-size': [bucketSize(media, { staleUploadGb: 1024 })] },
      expect: [{ resourceId: media, severity: 'medium' }],
    },
    {
      name: 'Storage Lens knows of no parts: still good care, and nothing to save',
      resources: { ...absent, 's3.bucket-size': [bucketSize(media, { staleUploadGb: 0 })] },
      expect: [{ resourceId: media, severity: 'info', savableUsage: [] }],
    },
    {
      name: 'without Storage Lens no share is invented',
      resources: { ...absent, 's3.bucket-size': [bucketSize(media, { standardGb: 5000 })] },
      expect: [{ resourceId: media, severity: 'low', savableUsage: undefined }],
    },
    {
      name: 'a disabled rule aborts nothing',
      resources: withRule({ isEnabled: false, abortIncompleteUploadDays: 5 }),
      expect: [{ resourceId: media, summary: /never aborts/ }],
    },
    {
      name: 'aborted in one prefix only',
      resources: withRule({ filter: 'prefix', prefix: 'raw/', abortIncompleteUploadDays: 5 }),
      expect: [{ resourceId: media, summary: /late or only in part/, evidence: { isPartial: true } }],
    },
    {
      name: 'aborted after 30 days',
      resources: withRule({ abortIncompleteUploadDays: 30 }),
      expect: [{ resourceId: media, evidence: { abortDays: [30] } }],
    },
  ],
  unknown: [{ name: 'lifecycle denied', resources: {}, gaps: ['s3.bucket-lifecycle'] }],
});
