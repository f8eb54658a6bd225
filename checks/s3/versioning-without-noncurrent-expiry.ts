import { billedGb, consoleLink, defineCheck, z } from 'costwarden/check';
import { bucketResource, bucketWide, gbText, isDirectoryBucket, roundGb, standardGb } from './lifecycle.ts';

export default defineCheck({
  id: 's3-versioning-without-noncurrent-expiry',
  title: 'Old object versions are kept for ever',
  severity: 'low',

  scopes: ['global'],
  needs: ['s3.bucket', 's3.bucket-lifecycle', 's3.bucket-versioning'],
  wants: ['s3.bucket-size', 's3.bucket-tags'],

  options: z.strictObject({
    minGb: z.number().nonnegative().default(10).describe('Buckets that hold less are `info`.'),
    keepDays: z.number().int().positive().default(30).describe('Days for which old versions are worth keeping.'),
    keepNewest: z.number().int().nonnegative().default(3).describe('Newest old versions to keep in the proposed rule.'),
    mediumFromGb: z
      .number()
      .positive()
      .default(2174)
      .describe('GB of old versions from which the severity is medium ($50 a month of Standard).'),
  }),

  docs: {
    why: 'With versioning every overwrite and delete keeps the old data, billed in full. Suspending versioning stops new versions and keeps the old ones.',
    fix: 'Add a rule for the whole bucket that expires noncurrent versions, and one that removes expired delete markers.',
    sources: ['S3 user guide, Lifecycle and versioning', 'S3 Storage Lens metrics glossary'],
  },

  *evaluate({ inventory, options }) {
    for (const bucket of inventory.list('s3.bucket-lifecycle')) {
      const { rules } = bucket;
      const versioning = inventory.find('s3.bucket-versioning', bucket.id);
      if (versioning === undefined || versioning.status === 'never' || isDirectoryBucket(bucket)) continue;
      if (bucketWide(rules).some((rule) => rule.noncurrentExpirationDays !== undefined)) continue;

      const size = inventory.find('s3.bucket-size', bucket.id);
      const noncurrent = size?.noncurrentBytes === undefined ? undefined : billedGb(size.noncurrentBytes);
      const total = standardGb(size);
      const held = noncurrent ?? total;
      const isSmall = held !== undefined && held < options.minGb;
      const what =
        noncurrent === undefined
          ? `${gbText(total)} in Standard, old versions included`
          : `${gbText(noncurrent)} of old versions`;
      yield {
        resource: bucketResource(bucket, inventory),
        severity: isSmall ? 'info' : noncurrent !== undefined && noncurrent >= options.mediumFromGb ? 'medium' : 'low',
        summary: `${bucket.id} has versioning ${versioning.status} and no expiry of old versions; it holds ${what}`,
        evidence: {
          bucket: bucket.id,
          versioning: versioning.status,
          noncurrentGb: roundGb(noncurrent),
          standardGb: roundGb(total),
        },
        // How much of it is older than keepDays is not known: all of it is the most the rule can save.
        savableUsage:
          noncurrent === undefined
            ? undefined
            : [{ sku: 's3.standard', quantity: noncurrent, low: 0, high: noncurrent, unit: 'GB-month' }],
        overlap: `s3-storage:${bucket.id}`,
        fix: {
          cli: `aws s3api get-bucket-lifecycle-configuration --region ${bucket.region} --bucket ${bucket.id} # add the rule to it, then put-bucket-lifecycle-configuration: a put replaces all rules`,
          terraform: `noncurrent_version_expiration { noncurrent_days = ${options.keepDays}, newer_noncurrent_versions = ${options.keepNewest} }`,
          consoleUrl: consoleLink('s3-bucket-management', { region: bucket.region, id: bucket.id }),
        },
      };
    }
  },
});
