import { consoleLink, defineCheck, type Severity, type UsageLine, z } from 'costwarden/check';
import { bucketResource, gbText, isDirectoryBucket, isServiceMade, roundGb, standardGb } from './lifecycle.ts';

export default defineCheck({
  id: 's3-missing-lifecycle',
  title: 'Bucket has no lifecycle configuration',
  severity: 'low',

  scopes: ['global'],
  needs: ['s3.bucket', 's3.bucket-lifecycle'],
  wants: ['s3.bucket-size', 's3.bucket-tags'],

  options: z.strictObject({
    minGb: z.number().nonnegative().default(10).describe('Smaller buckets are `info`.'),
    mediumFromGb: z
      .number()
      .positive()
      .default(2174)
      .describe('GB of Standard storage from which the severity is medium (2,174 GB are $50 a month in us-east-1).'),
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
    for (const bucket of inventory.list('s3.bucket-lifecycle')) {
      if (bucket.rules.length > 0 || isDirectoryBucket(bucket)) continue;
      const size = inventory.find('s3.bucket-size', bucket.id);
      const gb = standardGb(size);
      const objects = size?.objects;
      yield {
        resource: bucketResource(bucket, inventory),
        severity: severityOf(bucket.id, gb, options),
        summary: `${bucket.id} has no lifecycle rule and holds ${gbText(gb)} in Standard`,
        evidence: {
          bucket: bucket.id,
          standardGb: roundGb(gb),
          objects: objects ?? null,
          coldShare: [options.coldShareLow, options.coldShare, options.coldShareHigh],
        },
        savableUsage: colderUsage(gb, objects, options),
        ...(objects === undefined ? {} : { oneOffUsage: [transitions(objects * options.coldShare)] }),
        overlap: `s3-storage:${bucket.id}`,
        fix: {
          cli: `aws s3api put-bucket-lifecycle-configuration --region ${bucket.region} --bucket ${bucket.id} --lifecycle-configuration '${proposedRules}'`,
          terraform: 'aws_s3_bucket_lifecycle_configuration',
          consoleUrl: consoleLink('s3-bucket-management', { region: bucket.region, id: bucket.id }),
        },
      };
    }
  },
});

type SizeOptions = { minGb: number; mediumFromGb: number };
type ShareOptions = { coldShare: number; coldShareLow: number; coldShareHigh: number };

const proposedRules = JSON.stringify({
  Rules: [
    {
      ID: 'costwarden',
      Status: 'Enabled',
      Filter: {},
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      Transitions: [{ Days: 90, StorageClass: 'STANDARD_IA' }],
    },
  ],
});

/** Standard-IA bills every object as at least 128 KB, and lifecycle leaves smaller ones alone. S3 pricing, 2026-11-23. */
const smallestBytes = 128 * 1024;

function severityOf(name: string, gb: number | undefined, { minGb, mediumFromGb }: SizeOptions): Severity {
  if (gb !== undefined && gb < minGb) return 'info';
  if (isServiceMade(name)) return 'low';
  return gb !== undefined && gb >= mediumFromGb ? 'medium' : 'low';
}

/** The reading pattern is not known: what is cold is a share, shown as a range, net of the cheaper class. */
function colderUsage(
  gb: number | undefined,
  objects: number | undefined,
  shares: ShareOptions,
): UsageLine[] | undefined {
  if (gb === undefined) return undefined;
  if (gb === 0) return [];
  if (objects !== undefined && (gb * 2 ** 30) / objects < smallestBytes) return undefined;
  const { coldShare, coldShareLow, coldShareHigh } = shares;
  const line = (sku: string, part: number): UsageLine => ({
    sku,
    quantity: part * coldShare,
    low: part * coldShareLow,
    high: part * coldShareHigh,
    unit: 'GB-month',
  });
  return [line('s3.standard', gb), line('s3.standard-ia', -gb)];
}

function transitions(objects: number): UsageLine {
  return { sku: 's3.transition-to-standard-ia', quantity: objects / 1000, unit: '1000 requests' };
}
