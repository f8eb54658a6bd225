import {
  addDays,
  type CostIncident,
  consoleLink,
  type DailyCost,
  daysBetween,
  defineCheck,
  formatUsd,
  type Severity,
  z,
} from 'costwarden/check';

/** Instances that miners start: GPU and accelerator families, and spot of the same. */
const acceleratorUsage = /(^|-)(BoxUsage|SpotUsage|DedicatedUsage):(p|g|trn|inf|dl|vt)\d/;

export default defineCheck({
  id: 'cost-new-service-or-region',
  title: 'Spend where there was none: a service or region that is new to the account',
  severity: 'medium',

  scopes: ['payer'],
  needs: ['cost.daily'],
  wants: ['cost.incident'],

  options: z.strictObject({
    newSpendUsdPerDay: z
      .number()
      .nonnegative()
      .default(25)
      .describe('Dollars on its dearest day from which it is told.'),
    days: z.number().int().positive().default(7).describe('Days for which it counts as new.'),
    minHistoryDays: z
      .number()
      .int()
      .positive()
      .default(28)
      .describe('Days of bill that must be known from before: with less, everything is new.'),
  }),

  docs: {
    why: 'A first bill in a region or for a service is a new project, or somebody with a stolen key: miners go where nobody looks.',
    fix: 'Ask the owner of the account. If nobody knows of it, treat it as a compromise: revoke the keys, look at CloudTrail, stop the resources, deny unused regions by policy.',
    sources: ['Cost Explorer API reference, GetCostAndUsage', 'AWS security blog, cryptomining in unused regions'],
  },

  *evaluate({ inventory, options, now }) {
    const series = inventory.list('cost.daily').filter(isUsage);
    const newest = addDays(now.slice(0, 10), -options.days);
    const known = series.map(({ historyFrom }) => historyFrom).sort()[0];
    if (known === undefined || daysBetween(known, newest) < options.minHistoryDays) return;
    const incidents = inventory.list('cost.incident');
    const regionsInUse = new Set(series.filter(({ firstDay }) => firstDay < newest).map(({ region }) => region));

    for (const [accountId, own] of Map.groupBy(series, (one) => one.accountId)) {
      const regions = groups(own, newest, ({ region }) => (region === 'global' ? undefined : region));
      const inNewRegion = new Set(regions.flatMap(({ members }) => members));
      // A service that is new only because its region is, is told with the region.
      const services = groups(own, newest, ({ service }) => service).filter(({ members }) =>
        members.some((one) => !inNewRegion.has(one)),
      );
      for (const { what, name, members } of [
        ...regions.map((group) => ({ what: 'region', ...group })),
        ...services.map((group) => ({ what: 'service', ...group })),
      ]) {
        const { usd, day } = dearest(members);
        if (usd < options.newSpendUsdPerDay) continue;
        const firstDay = members.map((one) => one.firstDay).sort()[0] ?? '';
        const isSuspect =
          members.some(({ usageType }) => acceleratorUsage.test(usageType)) ||
          (what === 'region' && !regionsInUse.has(name));
        const severity: Severity = isSuspect ? 'high' : 'medium';
        const top = [...members].sort((a, b) => total(b) - total(a)).slice(0, 5);
        yield {
          resource: {
            id: `${what}:${name}`,
            arn: `arn:aws:ce::${accountId}:${what}/${encodeURIComponent(name)}`,
            type: what === 'region' ? 'AWS::CE::Region' : 'AWS::CE::Service',
            region: what === 'region' ? name : 'global',
          },
          accountId,
          severity,
          summary: `First spend ${what === 'region' ? 'in' : 'on'} ${name}: ${formatUsd(usd)} on ${day}, nothing before ${firstDay}${what === 'region' && !regionsInUse.has(name) ? '; the organization does not use this region' : ''}`,
          evidence: {
            [what]: name,
            firstDay,
            dearestDay: day,
            usd: Math.round(usd * 100) / 100,
            usageTypes: top.map(({ service, usageType, region }) => ({ service, usageType, region })),
            historyFrom: known,
          },
          savableUsage: [],
          stated: [
            {
              sku: 'bill.new-spend',
              quantity: 30.4,
              unit: 'day',
              unitPriceUsd: cents(usd),
              lowUnitPriceUsd: 0,
              priceSource: 'own-rate',
              asOf: day,
            },
          ],
          ...overlapOf(accountId, members, incidents),
          fix: { consoleUrl: consoleLink('cost-explorer', { region: 'global', id: name }) },
        };
      }
    }
  },
});

type Group = { readonly name: string; readonly members: readonly DailyCost[] };

/** Groups of which nothing was billed before the day. */
function groups(series: readonly DailyCost[], newest: string, nameOf: (one: DailyCost) => string | undefined): Group[] {
  const found: Group[] = [];
  for (const [name, members] of Map.groupBy(series, nameOf)) {
    if (name === undefined || members.some(({ firstDay }) => firstDay < newest)) continue;
    found.push({ name, members });
  }
  return found;
}

function dearest(members: readonly DailyCost[]): { usd: number; day: string } {
  const totals = new Map<string, number>();
  for (const { from, usd } of members) {
    for (const [index, amount] of usd.entries()) {
      if (Number.isNaN(amount)) continue;
      const day = addDays(from, index);
      totals.set(day, (totals.get(day) ?? 0) + amount);
    }
  }
  let best = { usd: 0, day: '' };
  for (const [day, usd] of totals) if (usd > best.usd) best = { usd, day };
  return best;
}

/** The same dollars as the incident that tells them as an anomaly. */
function overlapOf(
  accountId: string,
  members: readonly DailyCost[],
  incidents: readonly CostIncident[],
): { overlap?: string } {
  const names = new Set(members.map(({ service, region, usageType }) => `${service}/${region}/${usageType}`));
  const same = incidents.find(({ series }) =>
    series.some((one) => one.accountId === accountId && names.has(`${one.service}/${one.region}/${one.usageType}`)),
  );
  return same === undefined ? {} : { overlap: `incident:${same.id}` };
}

function isUsage({ recordType }: DailyCost): boolean {
  return recordType === 'Usage' || recordType === 'CoveredUsage';
}

function total({ usd }: DailyCost): number {
  let sum = 0;
  for (const amount of usd) if (!Number.isNaN(amount)) sum += amount;
  return sum;
}

function cents(usd: number): number {
  return Math.round(usd * 100) / 100;
}
