import { billedGb, consoleLink, defineCheck, z } from 'costwarden/check';
import { bucketResource, bucketWide, isDirectoryBucket, isServiceMade, roundGb } from './lifecycle.ts';

export default defineCheck({
  id: 's3-missing-abort-incomplete-mpu',
  title: 'Unfinished uploads are kept for ever',
  severity: 'low',

  scopes: ['global'],
  needs: ['s3.bucket', 's3.bucket-lifecycle'],
  wants: ['s3.bucket-size', 's3.bucket-tags'],

  options: z.strictObject({
    maxDays: z.number().int().positive().default(7).describe('Days after which unfinished uploads should be aborted.'),
    mediumFromGb: z
      .number()
      .positive()
      .default(870)
      .describe('GB of stale parts from which the severity is medium ($20 a month of Standard).'),
  }),

  docs: {
    why: 'Parts of uploads that were never completed are billed until they are aborted, and no listing of objects shows them.',
    fix: 'Add a rule for the whole bucket that aborts incomplete multipart uploads. It costs nothing and touches no object.',
    sources: ['S3 user guide, Aborting incomplete multipart uploads', 'S3 Storage Lens metrics glossary'],
  },

  *evaluate({ inventory, options }) {
    for (const bucket of inventory.list('s3.bucket-lifecycle')) {
      const { rules } = bucket;
      // A rule with a tag or size filter cannot abort uploads; one for a prefix does so only there.
      const aborts = bucketWide(rules).flatMap(({ abortIncompleteUploadDays }) => abortIncompleteUploadDays ?? []);
      if (aborts.some((days) => days <= options.maxDays) || isDirectoryBucket(bucket)) continue;

      const stale = inventory.find('s3.bucket-size', bucket.id)?.staleUploadBytes;
      const gb = stale === undefined ? undefined : billedGb(stale);
      const partial = rules.some((rule) => rule.isEnabled && rule.abortIncompleteUploadDays !== undefined);
      const isEmpty = gb === 0 || isServiceMade(bucket.id);
      yield {
        resource: bucketResource(bucket, inventory),
        severity: isEmpty ? 'info' : gb !== undefined && gb >= options.mediumFromGb ? 'medium' : 'low',
        summary: `${bucket.id} ${partial ? 'aborts unfinished uploads late or only in part' : 'never aborts unfinished uploads'}${gb === undefined ? '' : `; parts older than 7 days hold ${gb.toFixed(1)} GB`}`,
        evidence: { bucket: bucket.id, abortDays: aborts, isPartial: partial, staleUploadGb: roundGb(gb) },
        // Only Storage Lens knows the parts; without it the waste is not known, and no share is invented.
        savableUsage:
          gb === undefined ? undefined : gb === 0 ? [] : [{ sku: 's3.standard', quantity: gb, unit: 'GB-month' }],
        overlap: `s3-storage:${bucket.id}`,
        fix: {
          terraform:
            'aws_s3_bucket_lifecycle_configuration with abort_incomplete_multipart_upload { days_after_initiation = 7 }',
          consoleUrl: consoleLink('s3-bucket-management', { region: bucket.region, id: bucket.id }),
        },
      };
    }
  },
});
