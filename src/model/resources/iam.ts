import type { Resource } from '../inventory.ts';
import type { Tags } from '../scope.ts';

/** One statement of a policy, normalised: arrays always, `undefined` = the element is absent. Documents themselves are not kept. */
export type PolicyStatement = {
  readonly sid: string | undefined;
  readonly effect: 'allow' | 'deny';
  readonly actions: readonly string[] | undefined;
  readonly notActions: readonly string[] | undefined;
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
  /** Principal (trust and resource policies) by type: AWS, Service, Federated, CanonicalUser; `*` alone becomes { AWS: ['*'] }. */
  readonly principals: Readonly<Record<string, readonly string[]>> | undefined;
  readonly notPrincipals: Readonly<Record<string, readonly string[]>> | undefined;
  readonly conditions: readonly {
    readonly operator: string;
    readonly key: string;
    readonly values: readonly string[];
  }[];
};

export type PolicyDocument = {
  readonly name: string;
  /** ARN of a managed policy; `undefined` = inline. */
  readonly arn: string | undefined;
  readonly source: 'inline' | 'customer-managed' | 'aws-managed';
  /** For a user: the group the policy comes through. */
  readonly viaGroup: string | undefined;
  /** `2008-10-17` or absent: policy variables are plain text. */
  readonly version: string | undefined;
  readonly statements: readonly PolicyStatement[];
};

/** A role or a user with everything that decides what it may do. `id` = unique id (AROA…, AIDA…). */
export type Principal = Resource & {
  readonly tags: Tags;
  readonly principalType: 'role' | 'user';
  readonly name: string;
  readonly path: string;
  readonly createdAt: string;
  /** Roles only. */
  readonly trust: PolicyDocument | undefined;
  /** Identity policies: inline, attached and through groups. Shared objects: AWS-managed ones are read once per run. */
  readonly policies: readonly PolicyDocument[];
  readonly boundary: PolicyDocument | undefined;
  /** Roles: last use anywhere; `undefined` = never or older than 400 days. */
  readonly lastUsedAt: string | undefined;
};

/** Customer-managed policy. `id` = policy id (ANPA…). */
export type ManagedPolicy = Resource & {
  readonly tags: Tags | undefined;
  readonly name: string;
  readonly path: string;
  readonly attachmentCount: number;
  /** A policy used only as a boundary has attachmentCount 0 and is not unattached. */
  readonly boundaryUsageCount: number;
  readonly document: PolicyDocument;
};

export type IamKinds = { 'iam.principal': Principal; 'iam.policy': ManagedPolicy };
