/** What the EC2 collectors share: tags and the fields every record has. */
import type { Tag } from '@aws-sdk/client-ec2';
import type { Resource } from '../../model/inventory.ts';
import type { Scope, Tags } from '../../model/scope.ts';

/** Largest page of most EC2 lists; without a page size EC2 counts the call against a bucket half as large. */
export const ec2PageSize = 1000;

export function toTags(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** @param path resource part of the ARN, e.g. `vpc/` */
export function ec2Record(
  scope: Scope,
  type: string,
  path: string,
  id: string,
  ownerId = scope.account.id,
): Omit<Resource, 'tags'> {
  const { region, account } = scope;
  return {
    id,
    arn: `arn:${partition(region)}:ec2:${region}:${ownerId}:${path}${id}`,
    type,
    accountId: account.id,
    region,
  };
}

export function partition(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
