/**
 * What is kept of a CloudTrail event: who, what, when, on which resources. Keys, addresses, and parameters beyond the
 * names of resources stay behind.
 */
import type { Event } from '@aws-sdk/client-cloudtrail';
import { z } from 'zod';

export type Actor = {
  /** User name, `role/session`, the service that acted, or `root`. */
  readonly name: string;
  readonly kind: 'person' | 'automation' | 'role' | 'service';
};

export type TrailEvent = {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly actor: Actor;
  /** Names and ARNs, as the event has them. */
  readonly resources: readonly string[];
};

const detailSchema = z.object({
  errorCode: z.string().optional(),
  userAgent: z.string().optional(),
  requestParameters: z.record(z.string(), z.unknown()).nullish(),
  userIdentity: z
    .object({
      type: z.string().optional(),
      arn: z.string().optional(),
      userName: z.string().optional(),
      invokedBy: z.string().optional(),
    })
    .optional(),
});
type Detail = z.output<typeof detailSchema>;

/** Parameters that name what is acted on. */
const resourceParameters =
  /^(instanceId|volumeId|snapshotId|sourceSnapshotId|routeTableId|natGatewayId|vpcId|subnetId|vpcEndpointId|allocationId|bucketName|functionName|eventSourceArn|autoScalingGroupName|cluster|service|serviceName|resourceId|tableName|dBInstanceIdentifier|dBClusterIdentifier|replicationGroupId|cacheClusterId|logGroupName|stateMachineArn|loadBalancerArn|name|keyId)$/;
/** A name of a person or role may hold one by mistake; nothing that looks like a key is kept. */
const accessKeys = /\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g;
const automation =
  /terraform|atlantis|spacelift|pulumi|cloudformation|cdk|jenkins|github|gitlab|circleci|buildkite|argo|codebuild|codepipeline|deploy|\bci\b|cicd|ansible/i;
const mostResources = 10;

/** @returns undefined for a call that failed, which changed nothing, and for an event without time or name */
export function toTrailEvent({
  EventName,
  EventSource,
  EventTime,
  Username,
  Resources = [],
  CloudTrailEvent,
}: Event): TrailEvent | undefined {
  if (EventName === undefined || EventTime === undefined) return undefined;
  const detail = detailOf(CloudTrailEvent);
  if (detail.errorCode !== undefined) return undefined;
  const named = Resources.flatMap(({ ResourceType, ResourceName }) =>
    ResourceName === undefined || ResourceType === 'AWS::IAM::AccessKey' ? [] : [ResourceName],
  );
  const asked = Object.entries(detail.requestParameters ?? {}).flatMap(([name, value]) =>
    resourceParameters.test(name) && typeof value === 'string' ? [value] : [],
  );
  const resources = [...new Set([...named, ...asked].map(withoutKeys))];
  return {
    at: EventTime.toISOString(),
    eventName: EventName,
    eventSource: EventSource ?? '',
    actor: actorOf(detail, Username),
    resources: resources.slice(0, mostResources),
  };
}

/** An event whose text cannot be read is still an event. */
function detailOf(text: string | undefined): Detail {
  try {
    return detailSchema.parse(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}

function actorOf({ userIdentity = {}, userAgent = '' }: Detail, username: string | undefined): Actor {
  const { type, arn = '', userName, invokedBy } = userIdentity;
  const session = /:assumed-role\/(.+)$/.exec(arn)?.[1];
  const name = withoutKeys(type === 'Root' ? 'root' : (session ?? userName ?? username ?? invokedBy ?? 'unknown'));
  if (type === 'AWSService' || /AWSServiceRoleFor/.test(arn)) return { name: invokedBy ?? name, kind: 'service' };
  if (automation.test(`${name} ${userAgent} ${invokedBy ?? ''}`)) return { name, kind: 'automation' };
  const isPerson = type === 'Root' || type === 'IAMUser' || /AWSReservedSSO_/.test(arn);
  return { name, kind: isPerson ? 'person' : 'role' };
}

function withoutKeys(text: string): string {
  return text.replace(accessKeys, '(key)');
}
