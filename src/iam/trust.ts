/** Who may assume a role, and whether it is one of the administrators that every organization has. Pure. */

import { matchesGlob } from '../model/glob.ts';
import type { Principal } from '../model/resources/iam.ts';
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
export function trusted({ trust }: Principal, type: string): string[] {
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

/** Accounts outside the own one and the organization's management account that may assume the role; `*` = anybody. */
export function externalTrusts(principal: Principal, account: Account): string[] {
  return trusted(principal, 'AWS').filter((arn) => {
    if (arn === '*') return true;
    const id = /^\d{12}$/.test(arn) ? arn : (arn.split(':')[4] ?? '');
    return /^\d{12}$/.test(id) && id !== account.id && id !== account.managementId;
  });
}

type KnownAdmin = { readonly name: string; readonly fits: (principal: Principal, account: Account) => boolean };

const trustsManagement = (principal: Principal, account: Account): boolean => {
  const arns = trusted(principal, 'AWS');
  return (
    arns.length > 0 &&
    account.managementId !== undefined &&
    arns.every((arn) => arn.includes(account.managementId ?? ''))
  );
};

/** Administrators that exist for a reason. A name alone proves nothing: the trust must fit too. */
const knownAdmins: readonly KnownAdmin[] = [
  { name: 'OrganizationAccountAccessRole', fits: trustsManagement },
  { name: 'AWSControlTowerExecution', fits: trustsManagement },
  {
    name: 'AWSReservedSSO_AdministratorAccess_*',
    fits: (principal) => trusted(principal, 'Federated').some((arn) => /:saml-provider\/AWSSSO_/.test(arn)),
  },
  { name: 'cdk-*-cfn-exec-role*', fits: (principal) => trustsService(principal, 'cloudformation.amazonaws.com') },
];

export function isKnownAdmin(principal: Principal, account: Account, extra: readonly string[] = []): boolean {
  if (extra.some((glob) => matchesGlob(glob, principal.name))) return true;
  return knownAdmins.some(({ name, fits }) => matchesGlob(name, principal.name) && fits(principal, account));
}

/** AWS's own roles, which nobody can edit. */
export function isServiceLinked(principal: Principal): boolean {
  return principal.path.startsWith('/aws-service-role/');
}
