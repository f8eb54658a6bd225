/**
 * Rows 12 and 13: the program is killed at any instant. The next start goes on with the same run: what was done is not
 * asked again, the end is the same as without the kill, nothing is told twice, nothing is resolved by it.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect } from 'vitest';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { plannedKinds } from './invariants.ts';
import { observe } from './observations.ts';
import { copyState, journalReader, openYard, readState, type State, type Yard } from './processes.ts';
import { type Stage, scenario } from './scenario.ts';
import { killSeeds } from './tally.ts';
import { mendable } from './three-days.ts';

/** Paid and slow for what they add here. */
const disabled = ['tag-dollar-coverage-low', 'vpc-missing-dynamodb-gateway-endpoint'];
/** Ten seeds share a world and differ in the instant: to prepare one takes longer than to kill in it. */
const worlds = Math.ceil(killSeeds / 10);
/** Requests in flight at once: so few that accounts end one after the other. */
const concurrency = 16;
/** Accounts whose last answer had come and that were not saved yet. */
const window = 8;

type Prepared = {
  readonly yard: Yard;
  readonly before: State;
  readonly uninterrupted: State;
  /** Requests of the uninterrupted run. */
  readonly requests: number;
  readonly next: () => Promise<JournalEntry[]>;
};

const prepared = new Map<number, Promise<Prepared>>();
afterAll(async () => {
  for (const pending of prepared.values()) await (await pending).yard.close();
});

const channels = (count: number): string[] => Array.from({ length: count }, (_, index) => `#seed-${index + 1}`);

async function prepare(world: number): Promise<Prepared> {
  const yard = await openYard({
    world: { seed: world, accounts: 14, regions: ['us-east-1'] },
    disabled,
    latencyMs: 15,
    slackChannels: ['#uninterrupted', ...channels(2 * killSeeds)],
  });
  const { place, env, generated } = yard;
  const next = journalReader(yard);
  await place.run(auditArgs(yard, 'before.db', '#uninterrupted', ['--no-notify']), env);
  const before = await readState(join(place.directory, 'before.db'));
  for (const [index, planted] of generated
    .truth()
    .planted.filter(({ checkId }) => mendable.has(checkId))
    .entries())
    if (index % 2 === 0) await yard.fix(planted);
  const file = copyState(yard, 'before.db', 'uninterrupted.db', ['#uninterrupted', '#uninterrupted']);
  await next();
  const { code, stderr } = await place.run(auditArgs(yard, 'uninterrupted.db', '#uninterrupted'), env);
  // One account's role is missing by design.
  if (code !== 3) throw new Error(`the uninterrupted run ended with ${code}: ${stderr}`);
  const entries = await next();
  const uninterrupted = await readState(file);
  return { yard, before, uninterrupted, requests: entries.length, next };
}

function auditArgs({ place, simulator }: Yard, state: string, channel: string, more: readonly string[] = []): string[] {
  const config = place.write(
    `${state}.yaml`,
    [
      'organization: { externalId: faults }',
      `limits: { share: 1, concurrency: ${concurrency} }`,
      `state: { file: ./${state} }`,
      `checks: { disable: [${disabled.join(', ')}] }`,
      `owners: { default: "${channel}" }`,
      `notify: { slack: { apiUrl: "${simulator.slackUrl}" } }`,
    ].join('\n'),
  );
  return ['audit', '--config', config, '--format', 'json', ...more];
}

async function killAndGoOn(stage: Stage, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const world = ((stage.seed - 1) % worlds) + 1;
  const pending = prepared.get(world) ?? prepare(world);
  prepared.set(world, pending);
  const { yard, before, uninterrupted, requests, next } = await pending;
  const { place, env, simulator } = yard;
  const name = `${signal}-${stage.seed}.db`;
  const channel = `#seed-${signal === 'SIGTERM' ? stage.seed : killSeeds + stage.seed}`;
  const file = copyState(yard, 'before.db', name, ['#uninterrupted', channel]);
  const args = auditArgs(yard, name, channel);
  await next();

  // Up to the last request, and a little beyond it: into saving and telling.
  const instant = stage.number(1, Math.ceil(requests * 1.1), 'instant');
  const begun = await simulator.count();
  const first = place.start(args, env);
  let isOver = false;
  void first.ended.then(() => {
    isOver = true;
  });
  while (!isOver && (await simulator.count()) - begun < Math.min(instant, requests)) await sleep(2);
  if (instant > requests) await sleep((instant - requests) * 5);
  await sleep(stage.number(0, 20, 'moment'));
  const wasRunning = first.child.kill(signal) && !isOver;
  const ended = await first.ended;
  const killed = await readState(file);
  const entries = await next();

  // A process that ended on its own in that moment said so itself; a message that waits is a code of its own.
  if (wasRunning && signal === 'SIGTERM') expect([3, 5]).toContain(ended.code);
  const mended = new Set(
    uninterrupted.records.flatMap(({ state, finding }) => (state === 'resolved' ? [finding.id] : [])),
  );
  for (const { state, finding } of killed.records) if (state === 'resolved') expect(mended).toContain(finding.id);

  const second = await place.run(args, env);
  expect(second.code).toBe(3);
  const after = await readState(file);
  const more = await next();
  const { run } = JSON.parse(second.stdout) as { run: { id: string } };
  const record = after.runs.find(({ id }) => id === run.id);
  const whole = uninterrupted.runs[0];
  if (record === undefined || whole === undefined) throw new Error(`the state does not know run ${run.id}`);
  expect(record.coverage.accounts).toEqual(whole.coverage.accounts);
  expect(after.records.filter(({ change }) => change === 'unknown')).toEqual(
    uninterrupted.records.filter(({ change }) => change === 'unknown'),
  );
  const common = {
    after: after.records,
    run: record,
    faultless: uninterrupted.records,
    slack: { outbox: after.outbox, messages: await simulator.slackMessages(channel) },
  };
  const wasEnded = killed.runs.some(
    ({ id, coverage }) =>
      id !== run.id &&
      !before.runs.some((known) => known.id === id) &&
      coverage.accounts.audited === whole.coverage.accounts.audited,
  );
  if (wasEnded) {
    // Killed while it told: the run was over, so this is the next one, and it tells what is left.
    stage.judgeEvidence(yard.evidence({ ...common, entries: more, before: killed.records }));
    return;
  }
  const begunRuns = killed.records.flatMap(({ runId }) => (before.runs.some(({ id }) => id === runId) ? [] : [runId]));
  for (const id of begunRuns) expect(id).toBe(run.id);
  stage.judgeEvidence(yard.evidence({ ...common, entries: [...entries, ...more], before: before.records }));
  expect(changesOf(after)).toEqual(changesOf(uninterrupted));
  // With one answer in twenty left, most accounts are done.
  if (instant > 0.95 * requests) expect(killed.done.filter(({ runId }) => runId === run.id)).not.toEqual([]);
  expectLittleAskedAgain(yard, killed, run.id, [entries, more]);
}

const changesOf = ({ records }: State): string[] =>
  records.map(({ finding, change }) => `${finding.checkId} ${finding.resourceId} ${change}`).sort();

/** Accounts that were done are left in peace, and few of those that had only to be concluded are asked again. */
function expectLittleAskedAgain(
  yard: Yard,
  killed: State,
  runId: string,
  [first, second]: readonly JournalEntry[][],
): void {
  const evidence = yard.evidence({ entries: first ?? [], before: [], after: [] });
  const { places, collectors, entries } = evidence;
  const isAskedAgain = (id: string): boolean => (second ?? []).some(({ accountId }) => accountId === id);
  const done = killed.done.filter((account) => account.runId === runId && account.accountId !== places.hubId);
  expect(done.filter(({ accountId }) => isAskedAgain(accountId))).toEqual([]);

  const observations = observe(entries, collectors, () => false);
  const again = places.accounts.filter(({ id, regions }) => {
    const wasSeen = (scope: 'global' | 'region', region: string): boolean =>
      plannedKinds(evidence, scope).every((kind) => observations.of(kind, { accountId: id, region }) === 'complete');
    const hadAnswered = wasSeen('global', 'global') && regions.every((region) => wasSeen('region', region));
    return id !== places.hubId && hadAnswered && isAskedAgain(id);
  });
  expect(again.length).toBeLessThanOrEqual(window);
}

scenario('12: SIGTERM at any instant', (stage) => killAndGoOn(stage, 'SIGTERM'), killSeeds);
scenario('13: SIGKILL at any instant', (stage) => killAndGoOn(stage, 'SIGKILL'), killSeeds);
