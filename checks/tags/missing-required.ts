import { consoleLink, defineCheck, type Inventory, type Resource, type Tags, z } from 'costwarden/check';
import { missingKeys } from './normalise.ts';

const regionKinds = [
  'ec2.vpc',
  'ec2.subnet',
  'ec2.route-table',
  'ec2.nat-gateway',
  'ec2.internet-gateway',
  'ec2.vpc-endpoint',
  'ec2.address',
  'tagging.resource',
] as const;
const globalKinds = ['s3.bucket', 's3.bucket-tags', 'iam.principal'] as const;

export default defineCheck({
  id: 'tag-missing-required',
  title: 'Resources without the required tags',
  severity: 'low',

  scopes: ['region', 'global'],
  // Our own lists know what was never tagged; the tagging service only what once was.
  needs: [...regionKinds, ...globalKinds],
  wants: ['config.resource'],

  options: z.strictObject({
    exemptTypes: z.array(z.string()).default([]).describe('CloudFormation types that need no tags.'),
    graceHours: z
      .number()
      .nonnegative()
      .default(24)
      .describe('Younger resources may still be tagged, where the age is known.'),
    topResources: z.number().int().positive().default(5).describe('Resources named in the evidence.'),
  }),

  docs: {
    why: 'Cost without an owner is nobody’s: it cannot be asked about, shared out or cut.',
    fix: 'Tag the resources, and set default tags where they are made (Terraform default_tags, stack tags), so that new ones come with them.',
    sources: ['Tagging best practices whitepaper', 'Resource Groups Tagging API reference, GetResources'],
  },

  *evaluate({ inventory, options, account, region, now, tagPolicy }) {
    const missing = new Map<string, { resource: Resource; keys: string[] }[]>();
    const counts = new Map<string, number>();
    for (const { resource, tags, createdAt } of taggable(inventory, account.id)) {
      if (options.exemptTypes.includes(resource.type)) continue;
      if (createdAt !== undefined && Date.parse(now) - Date.parse(createdAt) < options.graceHours * 3_600_000) continue;
      counts.set(resource.type, (counts.get(resource.type) ?? 0) + 1);
      const keys = missingKeys(tags, tagPolicy);
      if (keys.length === 0) continue;
      const group = missing.get(resource.type) ?? [];
      group.push({ resource, keys });
      missing.set(resource.type, group);
    }
    const recordedTypes = new Set(inventory.list('config.resource').map(({ type }) => type));
    for (const [type, group] of missing) {
      const keys = [...new Set(group.flatMap((entry) => entry.keys))].sort();
      const of = counts.get(type) ?? group.length;
      yield {
        // A group stands for itself: its members come and go, its question stays.
        resource: { id: type, arn: `arn:aws:tag::${account.id}:${type}`, type, region },
        summary: `${group.length} of ${of} ${type} lack ${keys.join(', ')}`,
        evidence: {
          type,
          missing: group.length,
          of,
          // The tagging service leaves out what never had a tag, so its count alone flatters.
          countedBy: ownTypes.has(type) ? 'inventory' : recordedTypes.has(type) ? 'aws-config' : 'tagging-service',
          keys,
          top: group
            .slice(0, options.topResources)
            .map(({ resource, keys: lacking }) => ({ arn: resource.arn, lacks: lacking })),
        },
        savableUsage: undefined,
        fix: { consoleUrl: consoleLink('tag-editor', { region, id: type }) },
      };
    }
  },
});

/** Types that our own lists hold completely. */
const ownTypes = new Set([
  'AWS::EC2::VPC',
  'AWS::EC2::Subnet',
  'AWS::EC2::RouteTable',
  'AWS::EC2::NatGateway',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::EIP',
  'AWS::S3::Bucket',
  'AWS::IAM::Role',
  'AWS::IAM::User',
]);

type Taggable = { readonly resource: Resource; readonly tags: Tags; readonly createdAt?: string | undefined };
type View = Inventory<(typeof regionKinds)[number] | (typeof globalKinds)[number] | 'config.resource'>;

/** Every resource of the scope once, without those that cannot be tagged or that AWS made. */
function* taggable(inventory: View, accountId: string): Iterable<Taggable> {
  yield* networkResources(inventory, accountId);
  for (const bucket of inventory.list('s3.bucket-tags')) yield { resource: bucket, tags: bucket.tags };
  for (const principal of inventory.list('iam.principal')) {
    if (principal.path.startsWith('/aws-')) continue;
    yield { resource: principal, tags: principal.tags, createdAt: principal.createdAt };
  }
  yield* otherResources(inventory);
}

function* networkResources(inventory: View, accountId: string): Iterable<Taggable> {
  const vpcs = inventory.list('ec2.vpc');
  const defaultVpcs = new Set(vpcs.flatMap(({ isDefault, id }) => (isDefault ? [id] : [])));
  // Whoever a VPC is shared with sees its parts and cannot tag them.
  const foreignVpcs = new Set(vpcs.flatMap(({ ownerId, id }) => (ownerId === accountId ? [] : [id])));
  for (const vpc of vpcs) {
    if (!vpc.isDefault && vpc.ownerId === accountId) yield { resource: vpc, tags: vpc.tags };
  }
  for (const subnet of inventory.list('ec2.subnet')) {
    if (!subnet.isDefaultForAz && subnet.ownerId === accountId) yield { resource: subnet, tags: subnet.tags };
  }
  for (const table of inventory.list('ec2.route-table')) {
    // Every VPC comes with a main table that nobody asked for.
    if (!table.isMain && table.ownerId === accountId) yield { resource: table, tags: table.tags };
  }
  for (const nat of inventory.list('ec2.nat-gateway')) {
    if (nat.state !== 'available' || foreignVpcs.has(nat.vpcId)) continue;
    yield { resource: nat, tags: nat.tags, createdAt: nat.createdAt };
  }
  for (const gateway of inventory.list('ec2.internet-gateway')) {
    if (gateway.ownerId !== accountId || gateway.vpcIds.some((id) => defaultVpcs.has(id))) continue;
    yield { resource: gateway, tags: gateway.tags };
  }
  for (const endpoint of inventory.list('ec2.vpc-endpoint')) {
    if (endpoint.isRequesterManaged || endpoint.ownerId !== accountId || endpoint.state !== 'available') continue;
    yield { resource: endpoint, tags: endpoint.tags, createdAt: endpoint.createdAt };
  }
  for (const address of inventory.list('ec2.address')) {
    if (address.serviceManaged === undefined) yield { resource: address, tags: address.tags };
  }
}

/** Judged where they are read first-hand, or belonging to what made them. */
const judgedElsewhere = /:s3:::|:iam::\d*:(role|user)\/|:network-interface\/|:snapshot\//;

/** What only the tagging service and AWS Config know. The former's tags are live, the latter's up to a day old. */
function* otherResources(inventory: View): Iterable<Taggable> {
  const seen = new Set<string>();
  // All that our own lists hold is known, taggable or not: nothing may bring exempt ones back.
  for (const kind of regionKinds) {
    if (kind !== 'tagging.resource') for (const { arn } of inventory.list(kind)) seen.add(arn);
  }
  const recorded = inventory.list('config.resource');
  const createdAt = new Map(recorded.map((resource) => [resource.arn, resource.createdAt]));
  for (const resource of [...inventory.list('tagging.resource'), ...recorded]) {
    if (seen.has(resource.arn) || judgedElsewhere.test(resource.arn)) continue;
    seen.add(resource.arn);
    yield { resource, tags: resource.tags, createdAt: createdAt.get(resource.arn) };
  }
}
