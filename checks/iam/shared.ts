/** What the checks of this folder share: whom they judge, how severe, what they show. */
import { type Account, consoleLink, type Fix, iam, type Principal, type Severity, z } from 'costwarden/check';

export const knownAdminOptions = {
  knownAdmins: z
    .array(z.string())
    .default([])
    .describe('Globs over role and user names that are administrators on purpose.'),
  strictKnownAdmins: z
    .boolean()
    .default(false)
    .describe("Judge AWS's and the organization's own administrator roles like any other."),
};

type Options = { readonly knownAdmins: readonly string[]; readonly strictKnownAdmins: boolean };

/** Service-linked roles cannot be edited; known administrators are waived here and listed by iam-admin-wildcard. */
export function judged(principals: readonly Principal[], account: Account, options: Options): Principal[] {
  return principals.filter((principal) => !iam.isServiceLinked(principal) && !isWaived(principal, account, options));
}

export function isWaived(principal: Principal, account: Account, options: Options): boolean {
  return !options.strictKnownAdmins && iam.isKnownAdmin(principal, account, options.knownAdmins);
}

const steps: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

/** One step milder, for a statement that its conditions narrow. */
export function milder(severity: Severity): Severity {
  return steps[Math.min(steps.indexOf(severity) + 1, steps.length - 1)] ?? severity;
}

/** Identity Center names its roles `AWSReservedSSO_<permission set>_<16 digits>`: the permission set is what people know. */
export function describePrincipal({ principalType, name }: Principal): string {
  const permissionSet = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/.exec(name)?.[1];
  return permissionSet === undefined ? `${principalType} ${name}` : `permission set ${permissionSet} (role ${name})`;
}

export function fixFor(principal: Principal): Fix {
  const page = principal.principalType === 'role' ? 'iam-role' : 'iam-user';
  return {
    cli: `aws iam generate-service-last-accessed-details --arn ${principal.arn}`,
    consoleUrl: consoleLink(page, { region: 'global', id: principal.name }),
  };
}

type Grant = iam.FoundGrant;

/** Statements behind a finding, each once. */
export function refsOf(grants: readonly Grant[]): string[] {
  return [...new Set(grants.map(({ ref }) => ref))];
}

/** What their conditions ask; the values stay in the policy. */
export function conditionsOf(grants: readonly Grant[]): string[] {
  return [
    ...new Set(
      grants.flatMap(({ statement }) => statement.conditions.map(({ operator, key }) => `${operator} ${key}`)),
    ),
  ];
}
