/** Opens the store that the config names. */
import { existsSync } from 'node:fs';
import { StateError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { StateStore } from './state-store.ts';

export type StateConfig = { readonly file: string } | { readonly dynamodb: { readonly table: string } };

export type OpenOptions = {
  readonly log: Logger;
  /** Commands that only read do not make an empty state. */
  readonly mustExist?: boolean;
};

/** @throws StateError with the remedy */
export async function openStore(config: StateConfig, { log, mustExist = false }: OpenOptions): Promise<StateStore> {
  if ('file' in config) {
    if (mustExist && !existsSync(config.file))
      throw new StateError(`there is no state at ${config.file} yet; run costwarden audit first`);
    const { openSqliteStore } = await import('./sqlite-store.ts');
    log.debug({ file: config.file }, 'state opened');
    return openSqliteStore(config.file);
  }
  const { openDynamoStore } = await import('./dynamodb-store.ts');
  const { table } = config.dynamodb;
  log.debug({ table }, 'state opened');
  return openDynamoStore({ table });
}
