import type { Resource } from '../inventory.ts';
import type { Tags } from '../scope.ts';

/** A resource that is or once was tagged (Resource Groups Tagging API). `id` = ARN. Never-tagged ones are absent. */
export type TaggedResource = Resource & { readonly tags: Tags };

/** A resource recorded by AWS Config, read once for the organization from an aggregator. `id` = ARN or resource id.
 *  Includes resources that never had a tag, for recorded types only. */
export type RecordedResource = Resource & { readonly tags: Tags; readonly createdAt: string | undefined };

export type TagKinds = { 'tagging.resource': TaggedResource; 'config.resource': RecordedResource };
