/**
 * The simulated organization as the wire layer sees it: who may be called, and what each operation answers.
 * `generate.ts` makes one from a seed.
 */
import type { ServiceOperations } from './handler.ts';

/** Name of a service in the simulator; the wire layer maps signing names and protocols to it. */
export type ServiceName =
  | 'sts'
  | 'organizations'
  | 'ec2'
  | 'iam'
  | 's3'
  | 'cloudtrail'
  | 'cloudwatch'
  | 'cost-explorer'
  | 'athena'
  | 'budgets'
  | 'compute-optimizer'
  | 'config-service'
  | 'cost-optimization-hub'
  | 'resource-groups-tagging-api'
  | 'pricing';

export interface World {
  readonly managementAccountId: string;
  /** Access key id of the base credentials (management account). */
  readonly baseAccessKeyId: string;
  /** Whether the caller may assume the role. @throws AwsError as STS would (AccessDenied when the role is missing) */
  assumeRole(request: { roleArn: string; externalId: string | undefined; callerAccountId: string }): {
    accountId: string;
    roleName: string;
  };
  /** A suspended account's sessions are refused. */
  isSuspended(accountId: string): boolean;
  /** Calls to a region that the account has not enabled fail as AWS fails them. */
  isRegionEnabled(accountId: string, region: string): boolean;
  /** All but STS, which the wire layer answers itself. */
  readonly operations: Readonly<Record<Exclude<ServiceName, 'sts'>, ServiceOperations>>;
}
