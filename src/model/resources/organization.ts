import type { Resource } from '../inventory.ts';

/** Whether the audit role of an account could be assumed. `id` = role ARN; collected in the account's `global` scope. */
export type AccountAccess = Resource & {
  readonly isAssumed: boolean;
  /** Code and message of the refusal, word for word, when not assumed. */
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
};

/** A region that is enabled in the account. `id` = region name; collected in the account's `global` scope. */
export type EnabledRegion = Resource & { readonly optInStatus: 'opt-in-not-required' | 'opted-in' };

export type OrganizationKinds = { 'account.access': AccountAccess; 'account.region': EnabledRegion };
