/**
 * Plain, healthy resources in bulk: for accounts as large as real ones get. Nothing about them is a finding. Each is
 * told from its index when its page is read, so that millions of them cost no memory.
 */
import type { NetworkInterface } from '@aws-sdk/client-ec2';
import type { RoleDetail } from '@aws-sdk/client-iam';
import { type BucketState, type RegionState, tagList } from './account-state.ts';
import { healthyRules } from './features/buckets.ts';
import { document } from './features/iam.ts';
import { type List, listOf } from './lists.ts';
import type { SimulatedAccount } from './organization.ts';

export type Bulk = {
  /** In every region of the account. */
  readonly networkInterfaces?: number;
  /** Functions that only the tagging service knows, in every region of the account. */
  readonly taggedResources?: number;
  /** Spread over the account's regions. */
  readonly buckets?: number;
  readonly roles?: number;
};

export type TaggedResource = { readonly arn: string; readonly tags: Readonly<Record<string, string>> };

/** Bulk of one account. */
export type BulkResources = {
  networkInterfaces(region: string, state: RegionState): List<NetworkInterface>;
  tagged(region: string): List<TaggedResource>;
  readonly buckets: List<BucketState>;
  bucketsOf(region: string): List<BucketState>;
  /** @returns `undefined` for a name that is none of theirs */
  bucket(name: string): BucketState | undefined;
  roles(): List<RoleDetail>;
};

const createdAt = new Date('2025-06-01T00:00:00Z');

export function bulkResources(
  { id, name, team }: Pick<SimulatedAccount, 'id' | 'name' | 'team'>,
  regions: readonly string[],
  { networkInterfaces = 0, taggedResources = 0, buckets = 0, roles = 0 }: Bulk,
): BulkResources {
  const tags = { team, environment: 'production', service: name, 'cost-center': 'eng-100' };
  const tagged = tagList(tags);
  const bucketName = (index: number): string => `bulk-${id}-${index}`;
  const bucket = (index: number): BucketState => ({
    name: bucketName(index),
    region: regions[index % regions.length] ?? 'us-east-1',
    rules: [...healthyRules],
    versioning: 'Enabled',
    tags,
    standardBytes: 2 ** 30,
    objects: 1000,
    noncurrentBytes: undefined,
    staleUploadBytes: undefined,
    isClosed: false,
  });
  return {
    networkInterfaces: (region, { vpcs, subnets }) =>
      listOf(networkInterfaces, (index) => {
        const number = index.toString(16);
        return {
          NetworkInterfaceId: `eni-0b${number.padStart(15, '0')}`,
          VpcId: vpcs[0]?.VpcId,
          SubnetId: subnets[0]?.SubnetId,
          OwnerId: id,
          AvailabilityZone: `${region}a`,
          InterfaceType: 'interface',
          RequesterManaged: false,
          Status: 'in-use',
          SourceDestCheck: true,
          MacAddress: `02:${number.padStart(10, '0').match(/../g)?.join(':')}`,
          PrivateIpAddress: `172.31.${(index >> 8) & 255}.${index & 255}`,
          Attachment: { AttachmentId: `eni-attach-0b${number.padStart(15, '0')}`, Status: 'attached', DeviceIndex: 0 },
          Groups: [{ GroupId: 'sg-0b00000000000001', GroupName: 'default' }],
          Description: '',
          TagSet: tagged,
        };
      }),
    tagged: (region) =>
      listOf(taggedResources, (index) => ({ arn: `arn:aws:lambda:${region}:${id}:function:bulk-${index}`, tags })),
    buckets: listOf(buckets, bucket),
    bucketsOf(region) {
      // Buckets are dealt to the regions in turn.
      const first = regions.indexOf(region);
      const count = first < 0 ? 0 : Math.ceil((buckets - first) / regions.length);
      return listOf(Math.max(0, count), (index) => bucket(first + index * regions.length));
    },
    bucket(given) {
      const index = Number(given.slice(`bulk-${id}-`.length));
      return index < buckets && bucketName(index) === given ? bucket(index) : undefined;
    },
    roles() {
      const RolePolicyList = [{ PolicyName: 'inline', PolicyDocument: writesItsLogs(id) }];
      return listOf(roles, (index) => ({
        RoleId: `AROAB${index.toString(16).toUpperCase().padStart(16, '0')}`,
        RoleName: `bulk-${index}`,
        Path: '/',
        Arn: `arn:aws:iam::${id}:role/bulk-${index}`,
        CreateDate: createdAt,
        AssumeRolePolicyDocument: trust,
        RolePolicyList,
        AttachedManagedPolicies: [],
        RoleLastUsed: {},
        Tags: tagged,
      }));
    },
  };
}

const trust = document({
  Effect: 'Allow',
  Principal: { Service: 'ecs-tasks.amazonaws.com' },
  Action: 'sts:AssumeRole',
});

function writesItsLogs(accountId: string): string {
  return document({
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: `arn:aws:logs:us-east-1:${accountId}:log-group:bulk:*`,
  });
}
