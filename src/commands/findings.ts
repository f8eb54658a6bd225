/** `costwarden findings list | show`: what the state remembers, without asking AWS. */
import Table from 'cli-table3';
import { ConfigError, exitCodes } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { FindingRecord, FindingState } from '../model/change.ts';
import { formatLine, formatUsd } from '../model/money.ts';
import { byWorth, printable } from '../notify/rank.ts';
import { toResultFinding } from '../notify/result-json.ts';
import { defaultConfig, readConfig } from '../read-config.ts';
import { openStore } from '../state/open.ts';
import type { StateStore } from '../state/state-store.ts';
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
  return withStore(options.config, context, async (store) => {
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
  return withStore(options.config, context, async (store) => {
    const record = await store.finding(id);
    if (record === undefined)
      throw new ConfigError(`${id}: no such finding in the state; see costwarden findings list --state all`);
    const text =
      options.format === 'json'
        ? JSON.stringify({ ...toResultFinding(record), history: record.history }, undefined, 2)
        : toPage(record);
    context.io.stdout.write(`${text}\n`);
  });
}

async function withStore(
  file: string | undefined,
  { io, version }: CommandContext,
  use: (store: StateStore) => Promise<void>,
): Promise<number> {
  const config = file === undefined ? defaultConfig : readConfig(file).config;
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
  lines.push(`fix:      ${fix.summary}`);
  for (const hint of [fix.cli, fix.terraform, fix.consoleUrl])
    if (hint !== undefined) lines.push(`          ${printable(hint)}`);
  lines.push('', `evidence: ${printable(JSON.stringify(finding.evidence))}`, '', 'history:');
  for (const { at, change, reason: why } of record.history)
    lines.push(`  ${at}  ${change}${why === null ? '' : `  ${printable(why)}`}`);
  return lines.join('\n');
}
