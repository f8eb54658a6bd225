/**
 * Where an audit looks: accounts, and the scopes an account is cut into.
 * Plain data; nothing here talks to AWS.
 */

/** `region` = one account in one region; `global` = services of an account without a region (IAM, S3's bucket list);
 *  `payer` = billing, once per run; `organization` = the tree, once per run. */
export type ScopeKind = 'region' | 'global' | 'payer' | 'organization';

export type Tags = Readonly<Record<string, string>>;

export type AccountState = 'PENDING_ACTIVATION' | 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE' | 'CLOSED';

export type Account = {
  readonly id: string;
  /** Name in the organization; the account id when there is none (single-account mode). */
  readonly name: string;
  readonly state: AccountState;
  /** Names of the organizational units from the root down, the root itself left out. */
  readonly ouPath: readonly string[];
  /** Ids of root and units from the root down; what `include.ous` is compared with (names are compared too). */
  readonly ouIds: readonly string[];
  readonly tags: Tags;
  readonly isManagement: boolean;
  /** Id of the organization's management account; `undefined` in single-account mode. */
  readonly managementId: string | undefined;
};

export type Scope = {
  readonly kind: ScopeKind;
  readonly account: Account;
  /** Region name, or `global` for every kind but `region`. */
  readonly region: string;
};

/** Identity of a scope in state, logs and gaps, e.g. `region/111111111111/eu-west-1`. */
export function scopeKey(scope: Scope): string {
  return `${scope.kind}/${scope.account.id}/${scope.region}`;
}
