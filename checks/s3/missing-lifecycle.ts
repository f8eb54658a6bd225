import { consoleLink, defineCheck, z } from 'costwarden/check';
import { gbText, isDirectoryBucket, isServiceMade, standardGb } from './lifecycle.ts';

export default defineCheck({
  id: 's3-missing-lifecycle',
  title: 'Bucket has no lifecycle configuration',
  severity: 'low',

  scopes: ['global'],
  needs: ['s3.bucket', 's3.bucket-lifecycle'],
  wants: ['s3.bucket-size'],

  options: z.strictObject({
    minGb: z.number().nonnegative().default(10).describe('Smaller buckets are `info`.'),
    mediumFromGb: z.number().positive().default(2174).describe('GB of Standard storage from which the severity is medium (2,174 GB are $50 a month in us-east-1).'),
    coldShare: z.number().min(0).max(1).default(0.5).describe('Expected part of the data that is rarely read.'),
    coldShareLow: z.number().min(0).max(1).default(0.2).describe('Lower end of that part.'),
    coldShareHigh: z.number().min(0).max(1).default(0.8).describe('Upper end of that part.'),
  }),

  docs: {
    why: 'Without rules nothing is ever moved to a cheaper class, expired or aborted: the bucket only grows.',
    fix: 'Add rules that abort uploads after 7 days, expire old versions, and move data that is rarely read. A put replaces the whole configuration: write all rules at once.',
    sources: ['S3 user guide, Managing the lifecycle of objects', 'S3 pricing'],
  },

  *evaluate({ inventory, options }) {
    for (const lifecycle of inventory.list('s3.bucket-lifecycle')) {
      if (lifecycle.rules.length > 0 || isDirectoryBucket(lifecycle)) continue;
      const size = inventory.find('s3.bucket-size', lifecycle.id);
      const gb = standardGb(size);
      const isSmall = gb !== undefined && gb < options.minGb;
      const { coldShare, coldShareLow, coldShareHigh } = options;
      const price = (sku: string, sign: 1 | -1) => ({
        sku,
        quantity: sign * (gb ?? 0) * coldShare,
        low: sign * (gb ?? 0) * coldShareLow,
        high: sign * (gb ?? 0) * coldShareHigh,
        unit: 'GB-month',
      });
      yield {
        resource: lifecycle,
        severity: isSmall || isServiceMade(lifecycle.id) ? 'info' : gb !== undefined && gb >= options.mediumFromGb ? 'medium' : 'low',
        summary: `${lifecycle.id} has no lifecycle rule and holds ${gbText(gb)} in Standard`,
        evidence: {
          bucket: lifecycle.id,
          standardGb: gb === undefined ? null : Math.round(gb * 100) / 100,
          objects: size?.objects ?? null,
          coldShare: [coldShareLow, coldShare, coldShareHigh],
        },
        // The reading pattern is not known: what is cold is a share, shown as a range, net of the cheaper class.
        savableUsage: gb === undefined ? undefined : [price('s3.standard', 1), price('s3.standard-ia', -1)],
        ...(size?.objects === undefined
          ? {}
          : { oneOffUsage: [{ sku: 's3.transition-to-standard-ia', quantity: (size.objects * coldShare) / 1000, unit: '1000 requests' }] }),
        overlap: `s3-storage:${lifecycle.id}`,
        fix: {
          cli: `aws s3api put-bucket-lifecycle-configuration --region ${lifecycle.region} --bucket ${lifecycle.id} --lifecycle-configuration '{"Rules":[{"ID":"costwarden","Status":"Enabled","Filter":{},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7},"NoncurrentVersionExpiration":{"NoncurrentDays":30},"Transitions":[{"Days":90,"StorageClass":"STANDARD_IA"}]}]}'`,
          terraform: 'aws_s3_bucket_lifecycle_configuration',
          consoleUrl: consoleLink('s3-bucket-management', { region: lifecycle.region, id: lifecycle.id }),
        },
      };
    }
  },
});
