import { consoleLink, defineCheck, type Severity, z } from 'costwarden/check';
import { bucketResource, gbText, isDirectoryBucket, isUseful, roundGb, standardGb } from './lifecycle.ts';

export default defineCheck({
  id: 's3-lifecycle-ineffective',
  title: 'Lifecycle rules do nothing useful',
  severity: 'low',

  scopes: ['global'],
  needs: ['s3.bucket', 's3.bucket-lifecycle', 's3.bucket-versioning'],
  wants: ['s3.bucket-size', 's3.bucket-tags'],

  options: z.strictObject({
    mediumFromGb: z
      .number()
      .positive()
      .default(2174)
      .describe('GB of Standard storage from which the severity is medium.'),
  }),

  docs: {
    why: 'A disabled rule, a date in the past or a rule for versions that do not exist looks like care in every other report and saves nothing.',
    fix: 'Enable the rule, widen its filter or give it something to do.',
    sources: ['S3 user guide, Lifecycle configuration elements'],
  },

  *evaluate({ inventory, options, now }) {
    for (const bucket of inventory.list('s3.bucket-lifecycle')) {
      const { rules } = bucket;
      if (rules.length === 0 || isDirectoryBucket(bucket)) continue;
      const versioning = inventory.find('s3.bucket-versioning', bucket.id);
      if (versioning === undefined) continue;

      const useful = rules.filter((rule) => isUseful(rule, now));
      // A rule about old versions has nothing to do in a bucket that never had any.
      const working = useful.filter(
        (rule) =>
          versioning.status !== 'never' ||
          rule.expirationDays !== undefined ||
          rule.expirationDate !== undefined ||
          rule.transitions.length > 0 ||
          rule.abortIncompleteUploadDays !== undefined,
      );
      const gb = standardGb(inventory.find('s3.bucket-size', bucket.id));
      const finding = (severity: Severity, problem: string) => ({
        resource: bucketResource(bucket, inventory),
        severity,
        summary: `${bucket.id} (${gbText(gb)} in Standard): ${problem}`,
        evidence: {
          bucket: bucket.id,
          rules: rules.map(({ id, isEnabled, filter, prefix }) => ({ id, isEnabled, filter, prefix: prefix ?? null })),
          versioning: versioning.status,
          standardGb: roundGb(gb),
        },
        savableUsage: undefined,
        fix: { consoleUrl: consoleLink('s3-bucket-management', { region: bucket.region, id: bucket.id }) },
      });
      if (working.length === 0) {
        const isLarge = gb !== undefined && gb >= options.mediumFromGb;
        yield finding(
          isLarge ? 'medium' : 'low',
          whyNothing(
            rules.every((rule) => !rule.isEnabled),
            useful.length > 0,
          ),
        );
        continue;
      }
      // What a prefix covers is not known without listing: said, not judged.
      if (working.every((rule) => rule.filter !== 'whole-bucket')) {
        const scopes = working.map(({ prefix, filter }) => prefix ?? filter).join(', ');
        yield finding('info', `every working rule is limited to ${scopes}`);
      }
    }
  },
});

function whyNothing(isAllDisabled: boolean, isForVersions: boolean): string {
  if (isAllDisabled) return 'all lifecycle rules are disabled';
  return isForVersions
    ? 'the rules are for old versions, and the bucket has none'
    : 'no enabled rule will ever move or expire anything';
}
