import { consoleLink, defineCheck, iam, type Principal, z } from 'costwarden/check';
import { describePrincipal, fixFor, judged, knownAdminOptions } from './shared.ts';

const shownActions = 10;

export default defineCheck({
  id: 'iam-write-wildcard-resource',
  title: 'Write actions on every resource',
  severity: 'medium',

  scopes: ['global'],
  needs: ['iam.principal'],

  options: z.strictObject({ ...knownAdminOptions }),

  docs: {
    why: 'These actions can be limited to resources and are not: one leaked key reaches all queues, tables or buckets of the account.',
    fix: 'Put the ARNs of the resources in place of `*`. Actions that accept nothing but `*` are not reported.',
    sources: ['Service Authorization Reference, resource types by action'],
  },

  *evaluate({ inventory, options, account, now }) {
    const principals = inventory.list('iam.principal');
    const roles = iam.roleGraph(principals, now);
    for (const principal of judged(principals, account, options)) {
      const { writes, writeRefs } = iam.analyse(principal, roles, now);
      const count = iam.countActions(writes);
      if (count === 0) continue;
      const names = iam.actionNames(writes, shownActions);
      yield {
        resource: principal,
        summary: `${describePrincipal(principal)} may ${names.slice(0, 3).join(', ')}${count > 3 ? ` and ${count - 3} more` : ''} on every resource`,
        evidence: { principal: principal.arn, statements: writeRefs, actions: names, actionCount: count },
        savableUsage: undefined,
        fix: fixFor(principal),
      };
    }
    yield* awsManaged(principals, now);
  },
});

/** AWS's own policies cannot be edited, only replaced: one line per policy, not one per principal. */
function* awsManaged(principals: readonly Principal[], now: string) {
  const users = new Map<string, { policy: Principal['policies'][number]; holders: Principal[] }>();
  for (const principal of principals) {
    if (iam.isServiceLinked(principal)) continue;
    for (const policy of principal.policies) {
      // Policies below service-role/ are made for one service and fit it.
      if (policy.source !== 'aws-managed' || policy.arn === undefined || policy.arn.includes('/service-role/'))
        continue;
      const known = users.get(policy.arn) ?? { policy, holders: [] };
      known.holders.push(principal);
      users.set(policy.arn, known);
    }
  }
  for (const [arn, { policy, holders }] of users) {
    const [first] = holders;
    if (first === undefined) continue;
    // Judged alone and as if it were one's own: what makes an administrator or a whole service is told elsewhere.
    const alone = { ...first, policies: [{ ...policy, source: 'customer-managed' as const }], boundary: undefined };
    const { writes } = iam.analyse(alone, [], now);
    const count = iam.countActions(writes);
    if (count === 0) continue;
    yield {
      resource: { id: arn, arn, type: 'AWS::IAM::ManagedPolicy', region: 'global' },
      severity: 'info' as const,
      summary: `AWS-managed policy ${policy.name} grants ${count} write actions on every resource to ${holders.length} principal(s)`,
      evidence: {
        policy: arn,
        principals: holders.slice(0, shownActions).map((holder) => holder.arn),
        actionCount: count,
      },
      savableUsage: undefined,
      fix: { consoleUrl: consoleLink('iam-policy', { region: 'global', id: arn }) },
    };
  }
}
