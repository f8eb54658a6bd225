/** Who may assume a role, and whether it is one of the administrators that every organization has. Pure. */

import { matchesGlob } from '../model/glob.ts';
import type { PolicyStatement, Principal } from '../model/resources/iam.ts';
import type { Account } from '../model/scope.ts';

const computeServices = new Set([
  'lambda.amazonaws.com',
  'ec2.amazonaws.com',
  'ecs-tasks.amazonaws.com',
  'codebuild.amazonaws.com',
  'glue.amazonaws.com',
  'sagemaker.amazonaws.com',
  'batch.amazonaws.com',
  'pods.eks.amazonaws.com',
  'tasks.apprunner.amazonaws.com',
]);
/** Last use within this time = something runs with the role. */
const usedDays = 90;

/** Principals of the trust policy, allow statements only. */
function trusted({ trust }: Principal, type: string): string[] {
  const allowed = (trust?.statements ?? []).filter(({ effect }) => effect === 'allow');
  return allowed.flatMap(({ principals }) => principals?.[type] ?? []);
}

export function trustsService(principal: Principal, service: string): boolean {
  return trusted(principal, 'Service').some((name) => name === service);
}

export function computeServicesOf(principal: Principal): string[] {
  return trusted(principal, 'Service').filter((service) => computeServices.has(service));
}

/** Whether a workload uses the role: a compute service may assume it, and it was used of late. */
export function isUsedByWorkload(principal: Principal, now: string): boolean {
  if (computeServicesOf(principal).length === 0 || principal.lastUsedAt === undefined) return false;
  return Date.parse(now) - Date.parse(principal.lastUsedAt) <= usedDays * 86_400_000;
}

/** Users, and roles that people or other accounts assume: no service does. */
export function isHuman(principal: Principal): boolean {
  return principal.principalType === 'user' || trusted(principal, 'Service').length === 0;
}

/** Principals outside the own account and the organization's management account that may assume the role; `*` = anybody. */
export function externalTrusts({ trust }: Principal, account: Account): string[] {
  const allowed = (trust?.statements ?? []).filter(({ effect }) => effect === 'allow');
  return [...new Set(allowed.flatMap(assumersOf))].filter((arn) => {
    if (arn === '*') return true;
    // Deleted principals show as an unique id (AROA…), of no account.
    const id = accountOf(arn);
    return id !== undefined && id !== account.id && id !== account.managementId;
  });
}

/** AWS principals of one statement; where it says `*`, what its conditions leave of that. */
function assumersOf({ principals, conditions }: PolicyStatement): readonly string[] {
  const named = principals?.['AWS'] ?? [];
  const limits = new Map(
    conditions
      // Negated operators and IfExists let strangers in.
      .filter(({ operator }) => /^(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like))$/i.test(operator))
      .map(({ key, values }) => [key.toLowerCase(), values]),
  );
  // The own organization's id is not known here; a foreign one is for the check of external trusts.
  const organization = organizationKeys.flatMap((key) => limits.get(key) ?? []);
  if (organization.some((value) => /^o-[a-z0-9]/.test(value))) return [];
  if (!named.includes('*')) return named;
  for (const key of ['aws:principalaccount', 'aws:sourceaccount', 'aws:principalarn']) {
    const values = limits.get(key);
    if (values?.every((value) => accountOf(value) !== undefined)) return values;
  }
  return named;
}

const organizationKeys = ['aws:principalorgid', 'aws:principalorgpaths', 'aws:sourceorgid'];

/** Account of an ARN or of a bare account id. */
function accountOf(arn: string): string | undefined {
  const id = /^\d{12}$/.test(arn) ? arn : (arn.split(':')[4] ?? '');
  return /^\d{12}$/.test(id) ? id : undefined;
}

type KnownAdmin = { readonly name: string; readonly fits: (principal: Principal, account: Account) => boolean };

/** Whether the role trusts principals of this one type, and each of them fits. */
function trustsOnly(principal: Principal, type: string, fits: (name: string) => boolean): boolean {
  const types = (principal.trust?.statements ?? []).flatMap(({ effect, principals }) =>
    effect === 'allow' ? Object.keys(principals ?? {}) : [],
  );
  return types.length > 0 && types.every((name) => name === type) && trusted(principal, type).every(fits);
}

const trustsManagement: KnownAdmin['fits'] = (principal, { managementId }) =>
  managementId !== undefined && trustsOnly(principal, 'AWS', (arn) => accountOf(arn) === managementId);

/** Administrators that exist for a reason. A name alone proves nothing: the trust must fit too. */
const knownAdmins: readonly KnownAdmin[] = [
  { name: 'OrganizationAccountAccessRole', fits: trustsManagement },
  { name: 'AWSControlTowerExecution', fits: trustsManagement },
  {
    name: 'AWSReservedSSO_AdministratorAccess_*',
    fits: (principal, account) =>
      trustsOnly(principal, 'Federated', (arn) => arn.includes(`::${account.id}:saml-provider/AWSSSO_`)),
  },
  {
    name: 'cdk-*-cfn-exec-role*',
    fits: (principal) => trustsOnly(principal, 'Service', (name) => name === 'cloudformation.amazonaws.com'),
  },
];

export function isKnownAdmin(principal: Principal, account: Account, extra: readonly string[] = []): boolean {
  if (extra.some((glob) => matchesGlob(glob, principal.name))) return true;
  return knownAdmins.some(({ name, fits }) => matchesGlob(name, principal.name) && fits(principal, account));
}

/** AWS's own roles, which nobody can edit. */
export function isServiceLinked(principal: Principal): boolean {
  return principal.path.startsWith('/aws-service-role/');
}
