/** `costwarden doctor`: what is wrong before the first run. Each line is one look; nothing is changed or posted. */

import { existsSync } from 'node:fs';
import { styleText } from 'node:util';
import cron from 'node-cron';
import { createSessions, type Sessions } from '../aws/session.ts';
import { collectorsByKind } from '../collect/by-kind.ts';
import { planMetrics } from '../collect/metrics/metrics.ts';
import { exitCodes } from '../errors.ts';
import { checkSlack } from '../notify/notify.ts';
import { openAccountTags } from '../plan/account-tags.ts';
import { type AuditPlan, planRun } from '../plan/plan.ts';
import { openStore } from '../state/open.ts';
import { newRunId } from './audit.ts';
import { lostDays } from './calendar.ts';
import type { CommandContext } from './program.ts';
import { loadSettings, type Settings } from './settings.ts';

type Line = { readonly state: 'ok' | 'warning' | 'problem'; readonly text: string };

/** Accounts whose role is tried; more would make a look-see a whole run. */
const triedAccounts = 50;
/** Days after which shipped prices are called old. */
const oldPriceDays = 180;

export async function doctorCommand(options: { readonly config?: string }, context: CommandContext): Promise<number> {
  const settings = await loadSettings(options, context);
  let problems = 0;
  const isColoured = context.io.stdout.isTTY === true;
  for await (const { state, text } of look(settings)) {
    if (state === 'problem') problems += 1;
    const style = { ok: 'green', warning: 'yellow', problem: 'red' } as const;
    const mark = isColoured ? styleText(style[state], state.padEnd(8)) : state.padEnd(8);
    context.io.stdout.write(`${mark} ${text}\n`);
  }
  context.io.stdout.write(problems === 0 ? 'ready\n' : `${problems} problem${problems === 1 ? '' : 's'} to mend\n`);
  return problems === 0 ? exitCodes.complete : exitCodes.gaps;
}

async function* look(settings: Settings): AsyncIterable<Line> {
  const { config, log, now, failedPlugins, checks } = settings;
  yield { state: 'ok', text: `config: ${checks.length} checks enabled` };
  for (const { plugin, message } of failedPlugins) yield { state: 'problem', text: `plug-in ${plugin}: ${message}` };
  yield* lookAtSchedule(settings);
  yield* lookAtPrices(settings);
  yield await tried('state', async () => {
    // A look makes no state.
    if ('file' in config.state && !existsSync(config.state.file)) return `state: ${config.state.file}, no run yet`;
    const store = await openStore(config.state, { log });
    const [last] = await store.runs(1);
    await store.close();
    return last === undefined
      ? 'state: readable, no run yet'
      : `state: last run ${last.id} ${last.status} at ${last.startedAt}`;
  });

  const sessions = createSessions({
    role: config.organization?.role,
    externalId: config.organization?.externalId,
    runId: newRunId(now()),
    share: config.limits.share,
    signal: AbortSignal.timeout(5 * 60_000),
    log,
  });
  try {
    yield* lookAtAccounts(settings, sessions);
  } finally {
    sessions.closeAll();
  }
  if (config.notify.slack !== null && settings.slackToken !== undefined) {
    const channels = [
      config.owners.default,
      ...Object.values(config.owners.map),
      ...Object.values(config.owners.accounts),
    ];
    for (const line of await checkSlack({
      token: settings.slackToken,
      apiUrl: config.notify.slack.apiUrl,
      channels: [...new Set(channels)],
    })) {
      yield { state: line.state, text: `slack: ${line.text}` };
    }
  } else {
    yield { state: 'warning', text: 'slack: notify.slack is not set; findings are printed and kept, nobody is told' };
  }
}

function* lookAtSchedule({ config, now }: Settings): Iterable<Line> {
  const { cron: expression, timezone } = config.schedule;
  const task = cron.createTask(expression, () => {}, { timezone });
  const days = lostDays(task, timezone, now());
  yield {
    state: 'ok',
    text: `schedule: next run ${task.getNextRuns(1)[0]?.toISOString() ?? 'never'} (${expression} ${timezone})`,
  };
  for (const day of days) {
    yield {
      state: 'warning',
      text: `schedule: no run on ${day}, because clocks change over its time; UTC has no such days`,
    };
  }
  if (
    expression.split(/\s+/).length === 5 &&
    !expression.split(/\s+/)[2]?.includes('*') &&
    !expression.split(/\s+/)[4]?.includes('*')
  ) {
    yield { state: 'warning', text: 'schedule: day of month and weekday are both set; a run needs both to match' };
  }
}

function* lookAtPrices({ priceBook, now }: Settings): Iterable<Line> {
  const oldest = priceBook.oldest();
  const age = Math.floor((Date.parse(now()) - Date.parse(oldest)) / 86_400_000);
  const isOld = age > oldPriceDays;
  yield {
    state: isOld ? 'warning' : 'ok',
    text: `prices: shipped list prices, the oldest read ${oldest} (${age} days ago)`,
  };
}

const nothingKept = () => ({ read: async () => undefined, write: async () => {} });

async function* lookAtAccounts({ config, log, now }: Settings, sessions: Sessions): AsyncIterable<Line> {
  let plan: AuditPlan | undefined;
  const none = { accounts: [], ous: [], regions: [] };
  // A look-see must not pay for a Cost Explorer request: an empty cache that remembers nothing, regions by list.
  const cache = { value: async () => undefined, putValue: async () => {} };
  yield await tried('credentials and organization', async () => {
    const regions = config.regions === 'auto' ? ['us-east-1'] : config.regions;
    const { accountId } = await sessions.identity();
    const tags = await openAccountTags(sessions.hub(accountId), { cache, now: now(), log });
    plan = await planRun({ sessions, config: { ...config, regions }, filters: none, cache, now: now(), log, tags });
    return `organization: ${plan.accounts.length} accounts to audit, ${plan.skipped.length} left out`;
  });
  if (plan === undefined) return;
  const access = collectorsByKind.get('account.access');
  if (access === undefined) return;
  for (const { account, isHub } of plan.accounts.slice(0, triedAccounts)) {
    const session = isHub ? sessions.hub(account.id) : sessions.open(account.id);
    yield await tried(`account ${account.name} ${account.id}`, async () => {
      const scope = { kind: 'global', account, region: 'global' } as const;
      const metrics = planMetrics(session, scope, now());
      const unused = { metrics, tagKeys: [], kept: nothingKept, missed: () => {}, collected: () => [] };
      const billing = { maxUsd: config.limits.maxSelfCostUsd };
      for await (const record of access.collect({ scope, session, now: now(), log, billing, ...unused })) {
        if ('isAssumed' in record && !record.isAssumed) throw new Error(String(record.errorMessage));
      }
      return `account ${account.name} ${account.id}: can be entered`;
    });
    if (!isHub) sessions.close(account.id);
  }
  const left = plan.accounts.length - triedAccounts;
  if (left > 0) yield { state: 'warning', text: `${left} more accounts were not tried; an audit tells of each` };
}

async function tried(what: string, attempt: () => Promise<string>): Promise<Line> {
  try {
    return { state: 'ok', text: await attempt() };
  } catch (error) {
    return { state: 'problem', text: `${what}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
