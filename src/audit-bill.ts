/**
 * What a run does with the bill beyond its checks: looks for the change behind an incident, and keeps what the accounts
 * really pay for the prices of the next run.
 */
import { billNotes as billNotesIn } from './anomaly/bill-notes.ts';
import type { AuditContext } from './audit-scope.ts';
import type { CheckedDraft } from './evaluate/evaluate.ts';
import { foundBefore, investigateIncident } from './investigate/incident.ts';
import type { FindingRecord } from './model/change.ts';
import { addDays } from './model/days.ts';
import { findingId } from './model/finding.ts';
import type { DatedScope } from './model/inventory.ts';
import type { OwnRates } from './model/price.ts';
import type { DailyCost } from './model/resources/cost.ts';
import type { Scope } from './model/scope.ts';
import { loadSkuUsage } from './price/load.ts';
import { type DerivedRates, ownRates, type RateEntries, ratesOf } from './price/own-rates.ts';
import { keptBytes } from './state/kept-bytes.ts';

/** The draft with what the look-ups that it asks for have found. Files of an inventory are not asked about. */
export async function investigated(
  checked: CheckedDraft,
  previous: readonly FindingRecord[],
  scope: Scope,
  { sessions, plan, lookUps, paidRequests, checkpoint }: AuditContext,
): Promise<CheckedDraft> {
  const { draft, check } = checked;
  const question = draft.investigate;
  if (question === undefined) return checked;
  const often = question.often === undefined ? [] : [question.often];
  if (plan.isKept) return { ...checked, draft: { ...draft, ...causeOf([draft.cause ?? [], often].flat()) } };
  const { resource, subKey, accountId = scope.account.id } = draft;
  const id = findingId(check.id, accountId, resource.region ?? scope.region, resource.id, subKey);
  const known = foundBefore(previous.find(({ finding }) => finding.id === id)?.finding.evidence);
  const payer = sessions.hub(scope.account.id);
  const isHub = question.accountId === scope.account.id;
  const session = isHub ? payer : sessions.open(question.accountId);
  try {
    const now = checkpoint.startedAt;
    const found = known ?? (await investigateIncident(question, { session, payer, lookUps, paidRequests, now }));
    const evidence = { ...draft.evidence, investigation: found.evidence };
    return { ...checked, draft: { ...draft, evidence, ...causeOf([draft.cause ?? [], found.lines, often].flat()) } };
  } finally {
    if (!isHub) sessions.close(question.accountId);
  }
}

/** Days after which a fee or credit is as it will stay. */
const settledDays = 2;
/** Of a run after a long pause. */
const mostNotedDays = 14;
const notedRuns = 50;
const ratesKey = 'own-rates';
/** A rate that the bill has not confirmed for so long is none. */
const ratesHoldDays = 30;

function causeOf(lines: readonly string[]): { readonly cause?: string } {
  return lines.length === 0 ? {} : { cause: lines.join('\n') };
}

/** What the bill says beyond its checks. */
export type BillFacts = {
  readonly rates: DerivedRates;
  /** What has moved it beside usage. */
  readonly billNotes: readonly string[];
};

export async function readBill(
  scopes: readonly DatedScope[],
  context: NotesContext & RatesContext,
): Promise<BillFacts> {
  const daily = scopes.flatMap(({ records }) => (records.get('cost.daily') ?? []) as readonly DailyCost[]);
  const asOf = context.checkpoint.startedAt.slice(0, 10);
  return { rates: ownRates(daily, loadSkuUsage(), context.priceBook, asOf), billNotes: await notesOf(daily, context) };
}

type NotesContext = Pick<AuditContext, 'store' | 'checkpoint'>;

/** Since the day of the run before; the two newest days are not complete. */
async function notesOf(daily: readonly DailyCost[], { store, checkpoint }: NotesContext): Promise<readonly string[]> {
  const today = checkpoint.startedAt.slice(0, 10);
  const until = addDays(today, -settledDays);
  // An earlier run of today has told it in the message that this one edits.
  const before = (await store.runs(notedRuns))
    .map(({ startedAt }) => startedAt.slice(0, 10))
    .find((day) => day < today);
  const noted = addDays(before ?? addDays(today, -1), 1 - settledDays);
  const [, from = until] = [noted, addDays(until, 1 - mostNotedDays)].sort();
  return billNotesIn(daily, { from, until });
}

type RatesContext = Pick<AuditContext, 'store' | 'now' | 'lease' | 'priceBook' | 'log' | 'checkpoint'>;

/**
 * What the accounts really pay: what the bill said in an earlier run, which no account has to wait for; without one, what
 * it says in this run, so that a first audit is priced like the second.
 */
export async function findOwnRates(bill: Promise<BillFacts>, context: RatesContext): Promise<OwnRates> {
  const { store, now } = context;
  const bytes = await keptBytes(store, { prefix: 'price', now }).read(ratesKey);
  const oldest = addDays(now().slice(0, 10), -ratesHoldDays);
  const kept = bytes === undefined ? [] : (JSON.parse(Buffer.from(bytes).toString()) as RateEntries);
  const held = kept.filter(([, { asOf }]) => asOf >= oldest);
  return held.length > 0 ? ratesOf(held) : (await bill).rates.rates;
}

/** What the bill of this run says that a unit costs, for the next one. */
export async function keepOwnRates({ entries, refused }: DerivedRates, context: RatesContext): Promise<void> {
  const { store, now, lease, log } = context;
  for (const refusal of refused) log.warn({ ...refusal }, 'own rate not used');
  if (entries.length === 0) return;
  await keptBytes(store, { prefix: 'price', lease, now }).write(ratesKey, Buffer.from(JSON.stringify(entries)));
}
