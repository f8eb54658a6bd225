import { consoleLink, defineCheck, type Severity, type TagCoverage, z } from 'costwarden/check';

export default defineCheck({
  id: 'tag-dollar-coverage-low',
  title: 'Spend without a cost-allocation tag',
  severity: 'medium',

  scopes: ['payer'],
  needs: ['cost.tag-coverage'],

  options: z.strictObject({
    target: z.number().min(0).max(1).default(0.9).describe('Part of the dollars that should carry the tag.'),
    mediumBelow: z.number().min(0).max(1).default(0.8).describe('Part below which the severity is medium; low above.'),
    highBelow: z.number().min(0).max(1).default(0.5).describe('Part below which the severity is high.'),
    minScopeUsd: z
      .number()
      .nonnegative()
      .default(1000)
      .describe('Ignore organizations that spend less than this in 30 days.'),
    topAccounts: z.number().int().positive().default(5).describe('Accounts named in the evidence.'),
  }),

  docs: {
    why: 'Dollars without the tag cannot be given to a team, a service or a product. This is spend that nobody answers for, not a saving.',
    fix: 'Tag the resources of the accounts named first and activate the key for cost allocation; for accounts with one owner, tag the account.',
    sources: ['Cost Management user guide, Cost allocation tags', 'Cost Explorer API reference, GetCostAndUsage'],
  },

  *evaluate({ inventory, options, account }) {
    const byKey = Map.groupBy(inventory.list('cost.tag-coverage'), ({ key }) => key);
    for (const [key, rows] of byKey) {
      const tagged = sum(rows, 'taggedUsd');
      const untagged = sum(rows, 'untaggedUsd');
      const total = tagged + untagged;
      if (total < options.minScopeUsd || total === 0) continue;
      const share = tagged / total;
      if (share >= options.target) continue;
      const severity: Severity = share < options.highBelow ? 'high' : share < options.mediumBelow ? 'medium' : 'low';
      const top = [...rows].sort((a, b) => b.untaggedUsd - a.untaggedUsd).slice(0, options.topAccounts);
      yield {
        resource: {
          id: key,
          arn: `arn:aws:ce::${account.id}:tag/${key}`,
          type: 'AWS::CE::CostAllocationTag',
          region: 'global',
        },
        severity,
        summary: `$${Math.round(untagged).toLocaleString('en-US')} of $${Math.round(total).toLocaleString('en-US')} in 30 days carry no ${key} tag (${(share * 100).toFixed(1)} % covered)`,
        evidence: {
          key,
          coverage: Math.round(share * 1000) / 1000,
          taggedUsd: Math.round(tagged * 100) / 100,
          untaggedUsd: Math.round(untagged * 100) / 100,
          from: rows[0]?.from ?? null,
          to: rows[0]?.to ?? null,
          topAccounts: top.map(({ accountId, untaggedUsd }) => ({
            accountId,
            untaggedUsd: Math.round(untaggedUsd * 100) / 100,
          })),
        },
        // Exposure, not a saving: the dollars do not go away by tagging.
        savableUsage: undefined,
        fix: { consoleUrl: consoleLink('cost-allocation-tags', { region: 'global', id: key }) },
      };
    }
  },
});

function sum(rows: readonly TagCoverage[], field: 'taggedUsd' | 'untaggedUsd'): number {
  let total = 0;
  for (const row of rows) total += row[field];
  return total;
}
