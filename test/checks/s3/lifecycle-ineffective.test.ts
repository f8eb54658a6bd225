import check from '../../../checks/s3/lifecycle-ineffective.ts';
import type { LifecycleRule } from '../../../src/model/resources/s3.ts';
import { bucketSize, lifecycle, lifecycleRule, versioning } from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';

const logs = 'acme-logs';
const expiring = lifecycleRule({ expirationDays: 365 });

function withRules(...rules: Partial<LifecycleRule>[]) {
  return {
    's3.bucket-lifecycle': [lifecycle(logs, rules.map(lifecycleRule))],
    's3.bucket-versioning': [versioning(logs, 'never')],
  };
}

testCheck(check, {
  clean: [
    { name: 'no rules at all are another matter', resources: withRules() },
    { name: 'a rule that expires everything', resources: withRules(expiring) },
    { name: 'a rule that only aborts uploads', resources: withRules({ abortIncompleteUploadDays: 7 }) },
    {
      name: 'one disabled rule beside a working one',
      resources: withRules(expiring, { id: 'rule-2', isEnabled: false, expirationDays: 30 }),
    },
    {
      name: 'a rule for old versions in a bucket whose versioning was suspended',
      resources: {
        ...withRules({ noncurrentExpirationDays: 30 }),
        's3.bucket-versioning': [versioning(logs, 'suspended')],
      },
    },
    {
      name: 'versioning unknown',
      resources: { 's3.bucket-lifecycle': [lifecycle(logs, [lifecycleRule({ isEnabled: false })])] },
    },
  ],
  findings: [
    {
      name: 'one disabled rule',
      resources: withRules({ isEnabled: false, expirationDays: 30 }),
      expect: [
        { resourceId: logs, severity: 'low', summary: /all lifecycle rules are disabled/, savableUsage: undefined },
      ],
    },
    {
      name: 'all rules disabled over terabytes',
      resources: {
        ...withRules({ isEnabled: false, expirationDays: 30 }),
        's3.bucket-size': [bucketSize(logs, { standardGb: 9000 })],
      },
      expect: [{ resourceId: logs, severity: 'medium' }],
    },
    {
      name: 'an expiry date in the past',
      resources: withRules({ expirationDate: '2025-01-01T00:00:00.000Z' }),
      expect: [{ resourceId: logs, summary: /no enabled rule will ever move or expire anything/ }],
    },
    {
      name: 'a transition in more than ten years',
      resources: withRules({ transitions: [{ storageClass: 'GLACIER', days: 36_500, date: undefined }] }),
      expect: [{ resourceId: logs, severity: 'low' }],
    },
    {
      name: 'a transition on a day in the past',
      resources: withRules({
        transitions: [{ storageClass: 'GLACIER', days: undefined, date: '2025-01-01T00:00:00.000Z' }],
      }),
      expect: [{ resourceId: logs, severity: 'low' }],
    },
    {
      name: 'only expired delete markers',
      resources: withRules({ expiresDeleteMarkers: true }),
      expect: [{ resourceId: logs, severity: 'low' }],
    },
    {
      name: 'a rule for old versions in a bucket that never had any',
      resources: withRules({ noncurrentExpirationDays: 30 }),
      expect: [
        { resourceId: logs, severity: 'low', summary: /the rules are for old versions, and the bucket has none/ },
      ],
    },
    {
      name: 'every working rule reaches a prefix only: said, not judged',
      resources: withRules({ filter: 'prefix', prefix: 'tmp/', expirationDays: 7 }),
      expect: [{ resourceId: logs, severity: 'info', summary: /limited to tmp\// }],
    },
  ],
});
