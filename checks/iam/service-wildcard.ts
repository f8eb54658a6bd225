import { defineCheck, iam, type Severity, z } from 'costwarden/check';
import { conditionsOf, describePrincipal, fixFor, judged, knownAdminOptions, milder, refsOf } from './shared.ts';

const sensitive = [
  'iam',
  'sts',
  'organizations',
  'kms',
  's3',
  'ec2',
  'lambda',
  'secretsmanager',
  'ssm',
  'dynamodb',
  'rds',
  'cloudtrail',
  'config',
  'guardduty',
  'sso',
];

export default defineCheck({
  id: 'iam-service-wildcard',
  title: 'Every action of a service on every resource',
  severity: 'medium',

  scopes: ['global'],
  needs: ['iam.principal'],

  options: z.strictObject({
    ...knownAdminOptions,
    sensitiveServices: z.array(z.string()).default(sensitive).describe('Services for which the severity is high.'),
  }),

  docs: {
    why: 'A whole service on every resource includes deleting, sharing and changing permissions, which hardly any workload needs.',
    fix: 'Name the actions that are used and the resources they are used on.',
    sources: ['IAM user guide, Security best practices', 'Service Authorization Reference'],
  },

  *evaluate({ inventory, options, account, now }) {
    const principals = inventory.list('iam.principal');
    const roles = iam.roleGraph(principals, now);
    for (const principal of judged(principals, account, options)) {
      const { services } = iam.analyse(principal, roles, now);
      if (services.length === 0) continue;
      let severity: Severity = 'info';
      for (const { service, isNarrowed, isWildcardOnly } of services) {
        const own: Severity = isWildcardOnly ? 'low' : options.sensitiveServices.includes(service) ? 'high' : 'medium';
        severity = worse(severity, isNarrowed ? milder(own) : own);
      }
      const grants = services.flatMap((service) => service.grants);
      const shown = services
        .slice(0, 5)
        .map(
          ({ service, actions, permissions }) => `${service}:* (${actions} actions, ${permissions} change permissions)`,
        );
      const more = services.length > shown.length ? ` and ${services.length - shown.length} more services` : '';
      yield {
        resource: principal,
        severity,
        summary: `${describePrincipal(principal)} may do everything in ${shown.join(', ')}${more} on every resource`,
        evidence: {
          principal: principal.arn,
          statements: refsOf(grants),
          services: services.map(({ service }) => service),
          narrowedBy: conditionsOf(grants),
          // Where no action can be limited to a resource, naming the actions is all that can be done.
          unlimitableServices: services.filter(({ isWildcardOnly }) => isWildcardOnly).map(({ service }) => service),
        },
        savableUsage: undefined,
        fix: fixFor(principal),
      };
    }
  },
});

const order: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

function worse(a: Severity, b: Severity): Severity {
  return order.indexOf(a) <= order.indexOf(b) ? a : b;
}
