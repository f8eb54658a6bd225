/**
 * The IAM engine: policies of a principal go in, what they really allow comes out.
 * Pure and synchronous; knows documents and the action data, never AWS.
 */
export { count as countActions, namesOf as actionNames } from './action-table.ts';
export type { Grant as FoundGrant } from './grants.ts';
export { analyse, roleGraph } from './levels.ts';
export { computeServicesOf, externalTrusts, isKnownAdmin, isServiceLinked, isUsedByWorkload } from './trust.ts';
