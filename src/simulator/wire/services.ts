/** The services that are simulated: how each is addressed, which protocol it speaks, where its schemas are. */
import { NormalizedSchema } from '@smithy/core/schema';
import type { ServiceName } from '../world.ts';

export type Protocol = 'ec2-query' | 'query' | 'json' | 'rest-xml';

export type Service = {
  readonly name: ServiceName;
  readonly protocol: Protocol;
  /** Prefix of its IAM actions. */
  readonly iamPrefix: string;
  readonly load: () => Promise<object>;
};

/** By the name in the signature's scope. Protocols as the clients of this SDK speak them today. */
export const servicesBySigningName: Readonly<Record<string, Service>> = {
  sts: { name: 'sts', protocol: 'query', iamPrefix: 'sts', load: () => import('@aws-sdk/client-sts') },
  iam: { name: 'iam', protocol: 'query', iamPrefix: 'iam', load: () => import('@aws-sdk/client-iam') },
  ec2: { name: 'ec2', protocol: 'ec2-query', iamPrefix: 'ec2', load: () => import('@aws-sdk/client-ec2') },
  s3: { name: 's3', protocol: 'rest-xml', iamPrefix: 's3', load: () => import('@aws-sdk/client-s3') },
  cloudtrail: {
    name: 'cloudtrail',
    protocol: 'json',
    iamPrefix: 'cloudtrail',
    load: () => import('@aws-sdk/client-cloudtrail'),
  },
  monitoring: {
    name: 'cloudwatch',
    protocol: 'json',
    iamPrefix: 'cloudwatch',
    load: () => import('@aws-sdk/client-cloudwatch'),
  },
  organizations: {
    name: 'organizations',
    protocol: 'json',
    iamPrefix: 'organizations',
    load: () => import('@aws-sdk/client-organizations'),
  },
  ce: { name: 'cost-explorer', protocol: 'json', iamPrefix: 'ce', load: () => import('@aws-sdk/client-cost-explorer') },
  athena: { name: 'athena', protocol: 'json', iamPrefix: 'athena', load: () => import('@aws-sdk/client-athena') },
  budgets: { name: 'budgets', protocol: 'json', iamPrefix: 'budgets', load: () => import('@aws-sdk/client-budgets') },
  config: {
    name: 'config-service',
    protocol: 'json',
    iamPrefix: 'config',
    load: () => import('@aws-sdk/client-config-service'),
  },
  'compute-optimizer': {
    name: 'compute-optimizer',
    protocol: 'json',
    iamPrefix: 'compute-optimizer',
    load: () => import('@aws-sdk/client-compute-optimizer'),
  },
  'cost-optimization-hub': {
    name: 'cost-optimization-hub',
    protocol: 'json',
    iamPrefix: 'cost-optimization-hub',
    load: () => import('./cost-optimization-hub.ts'),
  },
  tagging: {
    name: 'resource-groups-tagging-api',
    protocol: 'json',
    iamPrefix: 'tag',
    load: () => import('@aws-sdk/client-resource-groups-tagging-api'),
  },
  pricing: { name: 'pricing', protocol: 'json', iamPrefix: 'pricing', load: () => import('@aws-sdk/client-pricing') },
};

export type OperationSchema = {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  /** Method and path of REST operations. */
  readonly http: { readonly method: string; readonly path: string } | undefined;
};

/** An operation schema as the SDK exports it: `[9, namespace, name, traits, input, output]`. */
type RawOperation = readonly [9, string, string, unknown, SchemaReference, SchemaReference];
type SchemaReference = Parameters<typeof NormalizedSchema.of>[0];

const loaded = new Map<ServiceName, Promise<ReadonlyMap<string, OperationSchema>>>();

/** All operations of a service by name, from the client's own exported schemas (`DescribeVpcs$`). */
export function operationsOf(service: Service): Promise<ReadonlyMap<string, OperationSchema>> {
  const known = loaded.get(service.name) ?? loadOperations(service);
  loaded.set(service.name, known);
  return known;
}

async function loadOperations(service: Service): Promise<ReadonlyMap<string, OperationSchema>> {
  const operations = new Map<string, OperationSchema>();
  for (const [key, value] of Object.entries(await service.load())) {
    if (!key.endsWith('$') || !Array.isArray(value) || value[0] !== 9) continue;
    const [, , name, traits, input, output] = value as unknown as RawOperation;
    const http =
      typeof traits === 'object' && traits !== null && 'http' in traits
        ? (traits.http as [string, string, number])
        : undefined;
    operations.set(name, {
      name,
      input: NormalizedSchema.of(input),
      output: NormalizedSchema.of(output),
      http: http === undefined ? undefined : { method: http[0], path: http[1] },
    });
  }
  return operations;
}
