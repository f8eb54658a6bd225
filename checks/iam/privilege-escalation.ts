import { defineCheck, iam, type Severity, z } from 'costwarden/check';
import { conditionsOf, describePrincipal, fixFor, judged, knownAdminOptions, milder, refsOf } from './shared.ts';

export default defineCheck({
  id: 'iam-privilege-escalation',
  title: 'Can make itself administrator',
  severity: 'high',

  scopes: ['global'],
  needs: ['iam.principal'],

  options: z.strictObject({ ...knownAdminOptions }),

  docs: {
    why: 'These permissions together lead to more permissions: to write an own policy, or to start something that runs with a stronger role.',
    fix: 'Take the named actions away, or limit iam:PassRole to the roles that are meant and to the service (iam:PassedToService).',
    sources: ['IAM user guide, Granting permissions to pass a role', 'Service Authorization Reference'],
  },

  *evaluate({ inventory, options, account, now }) {
    const principals = inventory.list('iam.principal');
    const roles = iam.roleGraph(principals, now);
    for (const principal of judged(principals, account, options)) {
      const { escalations } = iam.analyse(principal, roles, now);
      if (escalations.length === 0) continue;
      const open = escalations.filter(({ isNarrowed }) => !isNarrowed);
      const isDirect = open.some(
        ({ escalation, targets }) =>
          escalation.family === 'self-iam' || escalation.family === 'federation' || targets.length > 0,
      );
      const isReachable = iam.isUsedByWorkload(principal, now) || iam.externalTrusts(principal, account).length > 0;
      const base: Severity = isDirect && isReachable ? 'critical' : 'high';
      const grants = escalations.flatMap((found) => found.grants);
      const ways = escalations.map(({ escalation }) => escalation.id);
      yield {
        resource: principal,
        severity: open.length > 0 ? base : milder(base),
        summary: `${describePrincipal(principal)} can raise its own permissions: ${ways.slice(0, 3).join('; ')}${ways.length > 3 ? ` and ${ways.length - 3} more ways` : ''}`,
        evidence: {
          principal: principal.arn,
          statements: refsOf(grants),
          ways,
          targets: [...new Set(escalations.flatMap(({ targets }) => targets))].slice(0, 10),
          narrowedBy: conditionsOf(grants),
        },
        savableUsage: undefined,
        fix: fixFor(principal),
      };
    }
  },
});
