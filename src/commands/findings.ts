/** `costwarden findings list | show | exempt | snooze | ack`: what the state remembers, without asking AWS. */
import Table from 'cli-table3';
import { ConfigError, exitCodes } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { FindingRecord, FindingState } from '../model/change.ts';
import { formatLine, formatUsd } from '../model/money.ts';
import { byWorth, printable } from '../notify/rank.ts';
import { toResultFinding } from '../notify/result-json.ts';
import { type ConfigFlags, loadConfig } from '../read-config.ts';
import { leaseTtlMs } from '../state/heartbeat.ts';
import { openStore } from '../state/open.ts';
import type { StateStore } from '../state/state-store.ts';
import { newRunId } from './audit.ts';
import type { CommandContext } from './program.ts';

export type ListOptions = {
  readonly config?: string;
  readonly state: FindingState | 'all';
  readonly account?: string;
  readonly check?: string;
  readonly format: 'table' | 'json' | 'ndjson';
};

export async function listFindings(options: ListOptions, context: CommandContext): Promise<number> {
  const { io } = context;
  return withStore(options, context, async (store) => {
    const records: FindingRecord[] = [];
    const filter = {
      ...(options.state === 'all' ? {} : { states: [options.state] }),
      ...(options.account === undefined ? {} : { accountId: options.account }),
      ...(options.check === undefined ? {} : { checkId: options.check }),
    };
    for await (const record of store.findings(filter)) records.push(record);
    records.sort(byWorth);
    if (options.format === 'json') io.stdout.write(`${JSON.stringify(records.map(toResultFinding), undefined, 2)}\n`);
    else if (options.format === 'ndjson')
      for (const record of records) io.stdout.write(`${JSON.stringify(toResultFinding(record))}\n`);
    else io.stdout.write(`${toTable(records)}\n`);
  });
}

export async function showFinding(
  id: string,
  options: { readonly config?: string; readonly format: 'table' | 'json' },
  context: CommandContext,
): Promise<number> {
  return withStore(options, context, async (store) => {
    const record = await found(store, id);
    const text =
      options.format === 'json'
        ? JSON.stringify(
            { ...toResultFinding(record), acknowledgedBy: record.acknowledgedBy, history: record.history },
            undefined,
            2,
          )
        : toPage(record);
    context.io.stdout.write(`${text}\n`);
  });
}

export type DecideOptions = { readonly config?: string; readonly by?: string };

/** Accepts a finding until the end of a day; the reason stays with it. */
export function exemptFinding(
  id: string,
  { reason, until, ...options }: DecideOptions & { readonly reason: string; readonly until: string },
  context: CommandContext,
): Promise<number> {
  if (reason.trim().length < 3) throw new ConfigError('--reason: say in a few words why it is accepted');
  const lastDay = futureDay(until);
  return decide(id, options, context, (record, by, now) =>
    held(record, { state: 'exempted', reason: `${reason} (${by}, until ${lastDay})`, until: lastDay, now }),
  );
}

/** Hides a finding until the end of a day; it comes back as reopened when it is still there. */
export function snoozeFinding(
  id: string,
  { until, ...options }: DecideOptions & { readonly until: string },
  context: CommandContext,
): Promise<number> {
  const lastDay = futureDay(until);
  return decide(id, options, context, (record, by, now) =>
    held(record, { state: 'snoozed', reason: `snoozed by ${by} until ${lastDay}`, until: lastDay, now }),
  );
}

/** Says that somebody looks after it; it stays open and counted. */
export function acknowledgeFinding(id: string, options: DecideOptions, context: CommandContext): Promise<number> {
  return decide(id, options, context, (record, by) => ({ ...record, acknowledgedBy: by }));
}

/** Changes one finding under the lease of audits: a run that is going on would write over it. */
async function decide(
  id: string,
  options: DecideOptions,
  context: CommandContext,
  change: (record: FindingRecord, by: string, now: string) => FindingRecord,
): Promise<number> {
  const by = options.by ?? context.io.env['USER'];
  if (by === undefined || by.trim() === '') throw new ConfigError('--by: say who decides this');
  return withStore(options, context, async (store) => {
    const record = await found(store, id);
    if (record.state === 'resolved') throw new ConfigError(`${id} is resolved already (${record.reason})`);
    const now = new Date().toISOString();
    const lease = await store.acquireLease({
      name: 'audit',
      runId: `findings-${newRunId(now)}`,
      ttlMs: leaseTtlMs,
      now,
    });
    try {
      const after = change(record, by, now);
      await store.saveFindings(lease, [after]);
      context.io.stdout.write(`${toPage(after)}\n`);
    } finally {
      await store.releaseLease(lease);
    }
  });
}

type Decision = { state: 'exempted' | 'snoozed'; reason: string; until: string; now: string };

function held(record: FindingRecord, { state, reason, until, now }: Decision): FindingRecord {
  const history = [...record.history, { at: now, change: state, reason }];
  return { ...record, state, change: state, reason, until, changedAt: now, history };
}

/** @throws ConfigError unless it is a day from today on (UTC) */
function futureDay(text: string): string {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;
  if (!isDay) throw new ConfigError(`--until: ${text}: a day is written YYYY-MM-DD`);
  if (text < new Date().toISOString().slice(0, 10)) throw new ConfigError(`--until: ${text} has passed`);
  return text;
}

async function found(store: StateStore, id: string): Promise<FindingRecord> {
  const record = await store.finding(id);
  if (record === undefined)
    throw new ConfigError(`${id}: no such finding in the state; see costwarden findings list --state all`);
  return record;
}

async function withStore(
  options: ConfigFlags,
  { io, version }: CommandContext,
  use: (store: StateStore) => Promise<void>,
): Promise<number> {
  const { config } = loadConfig(options, io.env);
  const log = createLogger({ level: io.env['COSTWARDEN_LOG_LEVEL'] ?? 'error', version });
  const store = await openStore(config.state, { log, mustExist: true });
  try {
    await use(store);
    return exitCodes.complete;
  } finally {
    await store.close();
  }
}

function toTable(records: readonly FindingRecord[]): string {
  const table = new Table({
    head: ['id', '$/month', 'severity', 'state', 'check', 'account', 'region', 'resource'],
    style: { head: [], border: [] },
  });
  for (const { finding, state } of records) {
    const dollars = finding.saving === null ? 'unpriced' : formatUsd(finding.saving.monthlyUsd);
    const { id, severity, checkId, accountName, region, resourceId } = finding;
    table.push([id, dollars, severity, state, checkId, printable(accountName), region, printable(resourceId)]);
  }
  return records.length === 0 ? 'no findings' : table.toString();
}

function toPage(record: FindingRecord): string {
  const { finding, state, firstSeenAt, lastSeenAt, reason } = record;
  const { saving, fix } = finding;
  const lines = [
    `${finding.id}  ${finding.checkId}  ${finding.severity}  ${state}${reason === null ? '' : ` (${printable(reason)})`}`,
    printable(finding.summary),
    `account:  ${printable(finding.accountName)} ${finding.accountId} ${finding.region}`,
    `resource: ${printable(finding.resourceArn)}`,
    `owner:    ${printable(finding.owner.name)} (${finding.owner.via})`,
    `seen:     first ${firstSeenAt}, last ${lastSeenAt}`,
    ...(record.acknowledgedBy === null ? [] : [`ack:      ${printable(record.acknowledgedBy)}`]),
    '',
  ];
  if (saving === null) lines.push('saving:   unpriced');
  else {
    lines.push(
      `saving:   ${formatUsd(saving.monthlyUsd)} a month (${formatUsd(saving.lowUsd)} to ${formatUsd(saving.highUsd)}), ${saving.confidence}`,
    );
    for (const line of saving.lines)
      lines.push(`          ${formatLine(line)}  ${line.sku}, ${line.priceSource} price of ${line.asOf}`);
  }
  lines.push(`fix:      ${printable(fix.summary)}`);
  for (const hint of [fix.cli, fix.terraform, fix.consoleUrl])
    if (hint !== undefined) lines.push(`          ${printable(hint)}`);
  lines.push('', `evidence: ${printable(JSON.stringify(finding.evidence))}`, '', 'history:');
  for (const { at, change, reason: why } of record.history)
    lines.push(`  ${at}  ${change}${why === null ? '' : `  ${printable(why)}`}`);
  return lines.join('\n');
}
