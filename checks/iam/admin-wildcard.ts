import { consoleLink, defineCheck, iam, type Severity, z } from 'costwarden/check';
import { describePrincipal, fixFor, isWaived, knownAdminOptions } from './shared.ts';

export default defineCheck({
  id: 'iam-admin-wildcard',
  title: 'Administrator permissions',
  severity: 'high',

  scopes: ['global'],
  needs: ['iam.principal', 'iam.policy'],

  options: z.strictObject({ ...knownAdminOptions }),

  docs: {
    why: 'Whoever gets hold of this principal owns the account: its data, its network and its bill.',
    fix: 'Name the actions that are used (last-accessed data shows them) and the resources they are used on; keep administrators in Identity Center.',
    sources: ['IAM user guide, Security best practices', 'Service Authorization Reference'],
  },

  *evaluate({ inventory, options, account, now }) {
    for (const principal of inventory.list('iam.principal')) {
      if (iam.isServiceLinked(principal)) continue;
      const { isAdmin, adminRefs } = iam.analyse(principal, [], now);
      if (!isAdmin) continue;
      const isKnown = isWaived(principal, account, options);
      const isUsed = iam.isUsedByWorkload(principal, now);
      const external = iam.externalTrusts(principal, account);
      const severity: Severity = isKnown ? 'info' : isUsed || external.length > 0 ? 'critical' : 'high';
      const why = isKnown
        ? ' (known administrator)'
        : external.length > 0
          ? `; ${external.join(', ')} may assume it`
          : isUsed
            ? '; a workload runs with it'
            : '';
      yield {
        resource: principal,
        severity,
        summary: `${describePrincipal(principal)} has administrator permissions${why}`,
        evidence: {
          principal: principal.arn,
          statements: adminRefs,
          policies: [...new Set(principal.policies.map(({ name }) => name))],
          computeServices: iam.computeServicesOf(principal),
          lastUsedAt: principal.lastUsedAt ?? null,
          externalTrusts: external,
          isKnownAdmin: isKnown,
        },
        savableUsage: undefined,
        fix: fixFor(principal),
      };
    }

    for (const policy of inventory.list('iam.policy')) {
      // Used as a boundary it grants nothing; attached, its principals are reported.
      if (policy.attachmentCount > 0 || policy.boundaryUsageCount > 0) continue;
      const holder = {
        ...policy,
        tags: {},
        principalType: 'role',
        createdAt: now,
        trust: undefined,
        policies: [policy.document],
        boundary: undefined,
        lastUsedAt: undefined,
      } as const;
      if (!iam.analyse(holder, [], now).isAdmin) continue;
      yield {
        resource: policy,
        severity: 'info',
        summary: `policy ${policy.name} grants administrator permissions and is attached to nobody`,
        evidence: { policy: policy.arn, attachmentCount: 0 },
        savableUsage: undefined,
        fix: {
          cli: `aws iam delete-policy --policy-arn ${policy.arn}`,
          consoleUrl: consoleLink('iam-policy', { region: 'global', id: policy.arn }),
        },
      };
    }
  },
});
