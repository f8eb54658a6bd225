/** From flags, file and environment to everything a run needs, checked before the first AWS call. */
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { EnabledCheck } from '../evaluate/evaluate.ts';
import { createLogger, type Logger } from '../log.ts';
import type { PriceBook } from '../model/price.ts';
import type { RunRecord } from '../model/run.ts';
import { loadPrices } from '../price/load.ts';
import { loadPriceBook } from '../price/price-book.ts';
import { type ConfigFlags, loadConfig } from '../read-config.ts';
import type { CommandContext } from './program.ts';
import { enableChecks, loadRegistry } from './registry.ts';

export type Settings = {
  readonly config: Config;
  readonly checks: readonly EnabledCheck[];
  readonly failedPlugins: RunRecord['coverage']['failedPlugins'];
  readonly priceBook: PriceBook;
  readonly slackToken: string | undefined;
  readonly version: string;
  readonly log: Logger;
  readonly now: () => string;
};

/** @throws ConfigError for anything the operator must mend first */
export async function loadSettings(
  options: ConfigFlags & { readonly check?: readonly string[] },
  { version, io }: CommandContext,
  overrides: { readonly config?: Config } = {},
): Promise<Settings> {
  const loaded = loadConfig(options, io.env);
  const config = overrides.config ?? loaded.config;
  const registry = await loadRegistry(config.checks.plugins);
  const checks = enableChecks(registry.checks, config.checks, options.check ?? [], loaded.source);
  const slackToken = io.env['SLACK_BOT_TOKEN'];
  if (config.notify.slack !== null && (slackToken === undefined || slackToken === '')) {
    throw new ConfigError(
      'notify.slack is set, but SLACK_BOT_TOKEN is not in the environment; set it or remove notify.slack',
    );
  }
  return {
    config,
    checks,
    failedPlugins: registry.failedPlugins,
    priceBook: loadPriceBook(loadPrices()),
    slackToken,
    version,
    log: createLogger({ level: logLevel(io), version }),
    now: () => new Date().toISOString(),
  };
}

/** On a terminal the progress line and the result speak; elsewhere the log does. */
function logLevel(io: CommandContext['io']): string {
  const wanted = io.env['COSTWARDEN_LOG_LEVEL'];
  if (wanted === undefined || wanted === '') return io.stderr.isTTY ? 'error' : 'info';
  const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
  if (!levels.includes(wanted)) throw new ConfigError(`COSTWARDEN_LOG_LEVEL: ${wanted}: one of ${levels.join(', ')}`);
  return wanted;
}
