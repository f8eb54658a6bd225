/** The command line: names, flags and help. Each command's work is in a file of its own, loaded when it is called. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { severities } from '../model/finding.ts';

export const resultFormats = ['table', 'json', 'ndjson', 'csv'] as const;

export type Io = {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** @returns the exit code */
export async function runProgram(argv: readonly string[], version: string, io: Io): Promise<number> {
  let code = 0;
  const program = new Command('costwarden')
    .description('Finds what costs money or invites it in AWS accounts, shows the arithmetic, tells the owner.')
    .version(version)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  const context = { version, io };

  const config = new Option('--config <file>', 'config file (YAML)').env('COSTWARDEN_CONFIG');
  const cur = new Option('--cur <path>', 'the bill from a data export on disk: CUR 2.0 or FOCUS, a file or its folder');
  program
    .command('audit')
    .description('one audit run, then exit')
    .addOption(config)
    .option('--account <id>', 'only this account (repeatable)', collect(accountId), [])
    .option(
      '--ou <id>',
      'only accounts below this organizational unit: id, name or path (repeatable)',
      collect(text),
      [],
    )
    .option('--region <name>', 'only this region (repeatable)', collect(text), [])
    .option('--check <id>', 'only checks with this id or glob (repeatable)', collect(text), [])
    .addOption(new Option('--format <format>', 'result on stdout').choices([...resultFormats]).default('table'))
    .option('--out <file>', 'write the result to a file instead')
    .option('--no-notify', 'keep the state, send nothing')
    .option('--dry-run', 'neither keep state nor send anything', false)
    .option('--save-inventory <dir>', 'write what is collected to files, for later runs to look at')
    .option(
      '--from-inventory <dir>',
      'look at the files of an earlier run instead of AWS; changes no state, sends nothing',
    )
    .option('--max-age <duration>', 'with --from-inventory: collect anew what is older (30m, 6h, 2d)', durationMs)
    .addOption(cur)
    .option('--run-id <id>', 'name the run yourself')
    .addOption(new Option('--fail-on <severity>', 'exit 10 when an open finding reaches it').choices([...severities]))
    .action(async (options) => {
      code = await (await import('./audit.ts')).auditCommand(options, context);
    });
  program
    .command('schedule')
    .description('the daemon: audits by the cron expression of the config until it is stopped')
    .addOption(config)
    .action(async (options) => {
      code = await (await import('./schedule.ts')).scheduleCommand(options, context);
    });
  program
    .command('demo')
    .description('a whole audit against a simulated organization: no AWS account, no Slack workspace needed')
    .option('--seed <n>', 'another organization', integer(0), 7)
    .option('--accounts <n>', 'number of accounts', integer(4), 12)
    .option('--serve', 'leave the simulated organization running and print how to reach it', false)
    .addOption(new Option('--format <format>', 'result on stdout').choices([...resultFormats]).default('table'))
    .action(async (options) => {
      code = await (await import('./demo.ts')).demoCommand(options, context);
    });

  program
    .command('detect')
    .description('cost anomalies in series given as JSON: no AWS, no notices')
    .option('--input <file>', 'the series up to yesterday (costbench-series/1); default: standard input')
    .option('--state <dir>', 'folder that keeps what is learned from day to day; default: nothing is kept')
    .addOption(new Option('--format <format>', 'alerts on stdout').choices(['table', 'json']).default('table'))
    .action(async (options) => {
      code = await (await import('./detect.ts')).detectCommand(options, context);
    });

  program
    .command('explain')
    .description('root cause in cost cubes given as JSON: which part of the bill moved; no AWS')
    .option('--input <file>', 'the cubes (costbench-cubes/1); default: standard input')
    .addOption(new Option('--format <format>', 'causes on stdout').choices(['table', 'json']).default('table'))
    .action(async (options) => {
      code = await (await import('./explain.ts')).explainCommand(options, context);
    });

  program
    .command('backfill')
    .description(
      'the cost history that Cost Explorer or an export has, for the anomaly detector; says what it costs first',
    )
    .addOption(config)
    .addOption(cur)
    .option('--months <n>', 'how far back', integer(1), 13)
    .option('--max-usd <n>', 'refuse to spend more than this', integer(1), 5)
    .option('--yes', 'go on; without it only the price is told', false)
    .action(async (options) => {
      code = await (await import('./backfill.ts')).backfillCommand(options, context);
    });
  program
    .command('replay')
    .description('what the anomaly detector would have said over the stored history; sends nothing')
    .addOption(config)
    .addOption(cur)
    .requiredOption('--from <day>', 'first day that is judged, YYYY-MM-DD', dayText)
    .addOption(new Option('--format <format>').choices(['table', 'json']).default('table'))
    .action(async (options) => {
      code = await (await import('./replay.ts')).replayCommand(options, context);
    });

  const checks = program.command('checks').description('the catalogue of checks');
  checks
    .command('list')
    .description('all checks, those enabled marked')
    .addOption(config)
    .addOption(new Option('--format <format>').choices(['table', 'json']).default('table'))
    .action(async (options) => {
      code = await (await import('./checks.ts')).listChecks(options, context);
    });
  checks
    .command('show <id>')
    .description('why, fix, options, permissions and sources of one check')
    .action(async (id) => {
      code = await (await import('./checks.ts')).showCheck(id, context);
    });
  checks
    .command('new <id>')
    .description('write the skeleton of a new check and its test')
    .action(async (id) => {
      code = await (await import('./new-check.ts')).newCheck(id, context);
    });

  program
    .command('role')
    .description('the least-privilege policy for the enabled checks')
    .addOption(config)
    .option('--check <id>', 'only for checks with this id or glob (repeatable)', collect(text), [])
    .addOption(new Option('--format <format>').choices(['json', 'cloudformation', 'terraform']).default('json'))
    .addOption(
      new Option('--for <part>', 'member: the role in every account; worker: what the task itself needs on top')
        .choices(['member', 'worker'])
        .default('member'),
    )
    .action(async (options) => {
      code = await (await import('./role.ts')).roleCommand(options, context);
    });
  program
    .command('doctor')
    .description('says what is wrong before the first run: credentials, organization, roles, Slack, cron, prices')
    .addOption(config)
    .action(async (options) => {
      code = await (await import('./doctor.ts')).doctorCommand(options, context);
    });

  const findings = program.command('findings').description('what the state remembers');
  findings
    .command('list')
    .description('findings, open ones first by dollars')
    .addOption(config)
    .addOption(
      new Option('--state <state>').choices(['open', 'exempted', 'snoozed', 'resolved', 'all']).default('open'),
    )
    .option('--account <id>', 'only this account', accountId)
    .option('--check <id>', 'only this check')
    .addOption(new Option('--format <format>').choices(['table', 'json', 'ndjson']).default('table'))
    .action(async (options) => {
      code = await (await import('./findings.ts')).listFindings(options, context);
    });
  findings
    .command('show <id>')
    .description('one finding with arithmetic, evidence and history')
    .addOption(config)
    .addOption(new Option('--format <format>').choices(['table', 'json']).default('table'))
    .action(async (id, options) => {
      code = await (await import('./findings.ts')).showFinding(id, options, context);
    });
  const by = new Option('--by <name>', 'who decides (default: the user that is logged in)');
  const until = new Option('--until <day>', 'last day it holds, YYYY-MM-DD').makeOptionMandatory();
  findings
    .command('exempt <id>')
    .description('accept a finding until a day')
    .addOption(config)
    .requiredOption('--reason <text>', 'why')
    .addOption(until)
    .addOption(by)
    .action(async (id, options) => {
      code = await (await import('./findings.ts')).exemptFinding(id, options, context);
    });
  findings
    .command('snooze <id>')
    .description('hide a finding until a day')
    .addOption(config)
    .addOption(until)
    .addOption(by)
    .action(async (id, options) => {
      code = await (await import('./findings.ts')).snoozeFinding(id, options, context);
    });
  findings
    .command('ack <id>')
    .description('say that somebody looks after a finding; it stays open')
    .addOption(config)
    .addOption(by)
    .action(async (id, options) => {
      code = await (await import('./findings.ts')).acknowledgeFinding(id, options, context);
    });

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // Help and version end with 0; a wrong flag has been explained on stderr already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

export type CommandContext = { readonly version: string; readonly io: Io };

function collect<T>(parse: (value: string) => T): (value: string, previous: T[]) => T[] {
  return (value, previous) => [...previous, parse(value)];
}

function text(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('must not be empty.');
  return value;
}

function accountId(value: string): string {
  if (!/^\d{12}$/.test(value)) throw new InvalidArgumentError('an account id has 12 digits.');
  return value;
}

function dayText(value: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value) || Number.isNaN(Date.parse(value)))
    throw new InvalidArgumentError('a day is written YYYY-MM-DD.');
  return value;
}

function durationMs(value: string): number {
  const [, count, unit = ''] = /^([1-9]\d*)([mhd])$/.exec(value) ?? [];
  if (count === undefined) throw new InvalidArgumentError('a whole number of minutes, hours or days: 30m, 6h, 2d.');
  const minutes: Readonly<Record<string, number>> = { m: 1, h: 60, d: 24 * 60 };
  return Number(count) * (minutes[unit] ?? 1) * 60_000;
}

function integer(minimum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!Number.isInteger(number) || number < minimum)
      throw new InvalidArgumentError(`a whole number from ${minimum}.`);
    return number;
  };
}
