/**
 * What a run does with the bill beyond its checks: looks for the change behind an incident, and keeps what the accounts
 * really pay for the prices of the next run.
 */
import type { AuditContext } from './audit-scope.ts';
import type { CheckedDraft } from './evaluate/evaluate.ts';
import { foundBefore, investigateIncident } from './investigate/incident.ts';
import type { FindingRecord } from './model/change.ts';
import { addDays } from './model/days.ts';
import { findingId } from './model/finding.ts';
import type { DatedScope } from './model/inventory.ts';
import type { OwnRates, PriceBook } from './model/price.ts';
import type { DailyCost } from './model/resources/cost.ts';
import type { Scope } from './model/scope.ts';
import { loadSkuUsage } from './price/load.ts';
import { ownRates, type RateEntries, ratesOf } from './price/own-rates.ts';
import { keptBytes } from './state/kept-bytes.ts';
import type { Lease, StateStore } from './state/state-store.ts';

/** The draft with what the look-ups that it asks for have found. Files of an inventory are not asked about. */
export async function investigated(
  checked: CheckedDraft,
  previous: readonly FindingRecord[],
  scope: Scope,
  { sessions, plan, lookUps, paidRequests, checkpoint }: AuditContext,
): Promise<CheckedDraft> {
  const { draft, check } = checked;
  const question = draft.investigate;
  if (question === undefined || plan.isKept) return checked;
  const { resource, subKey, accountId = scope.account.id } = draft;
  const id = findingId(check.id, accountId, resource.region ?? scope.region, resource.id, subKey);
  const known = foundBefore(previous.find(({ finding }) => finding.id === id)?.finding.evidence);
  const payer = sessions.hub(scope.account.id);
  const isHub = question.accountId === scope.account.id;
  const session = isHub ? payer : sessions.open(question.accountId);
  try {
    const now = checkpoint.startedAt;
    const found = known ?? (await investigateIncident(question, { session, payer, lookUps, paidRequests, now }));
    const cause = [draft.cause ?? [], found.lines].flat().join('\n');
    const evidence = { ...draft.evidence, investigation: found.evidence };
    return { ...checked, draft: { ...draft, evidence, ...(cause === '' ? {} : { cause }) } };
  } finally {
    if (!isHub) sessions.close(question.accountId);
  }
}

type RatesState = { readonly store: StateStore; readonly now: () => string };
const ratesKey = 'own-rates';
/** A rate that the bill has not confirmed for so long is none. */
const ratesHoldDays = 30;

/** Rates of an earlier run: a run does not make its accounts wait for the bill. */
export async function readOwnRates({ store, now }: RatesState): Promise<OwnRates | undefined> {
  const bytes = await keptBytes(store, { prefix: 'price', now }).read(ratesKey);
  if (bytes === undefined) return undefined;
  const entries = JSON.parse(Buffer.from(bytes).toString()) as RateEntries;
  const oldest = addDays(now().slice(0, 10), -ratesHoldDays);
  return ratesOf(entries.filter(([, { asOf }]) => asOf >= oldest));
}

/** What the bill of this run says that a unit costs. */
export async function keepOwnRates(
  shared: readonly DatedScope[],
  {
    store,
    now,
    lease,
    priceBook,
    log,
    checkpoint,
  }: RatesState &
    Pick<AuditContext, 'log' | 'checkpoint'> & {
      readonly lease: Lease;
      readonly priceBook: PriceBook;
    },
): Promise<void> {
  const daily = shared.flatMap(({ records }) => (records.get('cost.daily') ?? []) as readonly DailyCost[]);
  if (daily.length === 0) return;
  const { entries, refused } = ownRates(daily, loadSkuUsage(), priceBook, checkpoint.startedAt.slice(0, 10));
  for (const refusal of refused) log.warn({ ...refusal }, 'own rate not used');
  await keptBytes(store, { prefix: 'price', lease, now }).write(ratesKey, Buffer.from(JSON.stringify(entries)));
}
