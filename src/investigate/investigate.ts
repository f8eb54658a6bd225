/**
 * Investigate: a draft goes in, the draft with its owner comes out.
 * Owners come from what is already known (tags, account map, default); nothing here calls AWS.
 */
import type { FindingDraft, Owner } from '../model/finding.ts';
import type { Account, Tags } from '../model/scope.ts';

/** The operator's `owners` section. Values are Slack channels. */
export type OwnerRules = {
  /** Canonical tag key that names the owner. */
  readonly tag: string;
  /** Other spellings of the tag key, from `tags.aliases`. */
  readonly tagAliases: readonly string[];
  /** Owner name to channel. */
  readonly map: Readonly<Record<string, string>>;
  /** Account id to channel. */
  readonly accounts: Readonly<Record<string, string>>;
  readonly default: string;
};

/** The most specific hint wins: the resource's tag, the account map, the account's own tag, the default. */
export function resolveOwner(draft: FindingDraft, account: Account, rules: OwnerRules): Owner {
  const fromResource = ownerTag(draft.resource.tags ?? {}, rules);
  if (fromResource !== undefined) return toOwner(fromResource, rules);
  const channel = rules.accounts[account.id];
  if (channel !== undefined) return { name: account.name, via: 'account-map', slack: channel };
  const fromAccount = ownerTag(account.tags, rules);
  if (fromAccount !== undefined) return { ...toOwner(fromAccount, rules), via: `account-tag:${fromAccount.key}` };
  return { name: 'default', via: 'default', slack: rules.default };
}

function ownerTag(tags: Tags, rules: OwnerRules): { key: string; value: string } | undefined {
  for (const key of [rules.tag, ...rules.tagAliases]) {
    const value = tags[key]?.trim();
    if (value !== undefined && value !== '') return { key, value };
  }
  return undefined;
}

/** An owner without a channel of its own is still named; the message goes to the default channel. */
function toOwner({ key, value }: { key: string; value: string }, rules: OwnerRules): Owner {
  return { name: value, via: `tag:${key}`, slack: rules.map[value] ?? rules.default };
}
