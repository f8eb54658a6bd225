/**
 * Tags of accounts: they name owners. Organizations gives them one account at a time and slowly, so each account's are
 * asked for while it is audited, and kept for a week.
 */
import { OrganizationsClient, paginateListTagsForResource } from '@aws-sdk/client-organizations';
import { guardPages, requireMember } from '../aws/answer.ts';
import { toCollectError } from '../aws/errors.ts';
import type { AccountSession } from '../aws/session.ts';
import type { Logger } from '../log.ts';
import type { Account, Tags } from '../model/scope.ts';
import type { PlanCache } from './plan.ts';

const keptMs = 7 * 86_400_000;
const key = 'plan/account-tags';

export type AccountTags = {
  /** The account with its tags. Tags that are denied or cannot be had are none, and the log says so. */
  of(account: Account): Promise<Account>;
  /** Asks for one account's, so that a missing permission is told before the run. @throws the error of AWS */
  probe(account: Account): Promise<void>;
  /** Keeps what was asked for. */
  keep(): Promise<void>;
};

/** @param session of the organization's management or a delegated account */
export async function openAccountTags(
  session: AccountSession,
  { cache, now, log }: { cache: PlanCache; now: string; log: Logger },
): Promise<AccountTags> {
  const kept = await cache.value(key);
  const isFresh = kept !== undefined && Date.parse(now) - Date.parse(kept.at) < keptMs;
  const known = new Map<string, Tags>(isFresh ? Object.entries(kept.value as Record<string, Tags>) : []);
  const before = known.size;

  const read = async ({ id }: Account): Promise<Tags> => {
    const found = known.get(id) ?? (await session.shared(`${key}/of/${id}`, () => readTags(session, id)));
    known.set(id, found);
    return found;
  };
  return {
    async of(account) {
      try {
        return { ...account, tags: await read(account) };
      } catch (error) {
        const { reason, message } = toCollectError(error);
        log.warn({ accountId: account.id, reason, message }, 'tags of the account not known: they name no owner');
        return account;
      }
    },
    async probe(account) {
      await read(account);
    },
    async keep() {
      if (known.size > before) await cache.putValue(key, Object.fromEntries(known), isFresh ? kept.at : now);
    },
  };
}

async function readTags(session: AccountSession, accountId: string): Promise<Tags> {
  const tags: Record<string, string> = {};
  const client = session.client(OrganizationsClient);
  const pages = paginateListTagsForResource({ client }, { ResourceId: accountId });
  for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
    for (const { Key, Value } of requireMember(page, 'Tags')) if (Key !== undefined) tags[Key] = Value ?? '';
  }
  return tags;
}
