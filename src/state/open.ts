/** Opens the store that the config names. */
import type { Logger } from '../log.ts';
import type { StateStore } from './state-store.ts';

export type StateConfig = { readonly file: string } | { readonly dynamodb: { readonly table: string } };

/** @throws StateError with the remedy */
export async function openStore(config: StateConfig, { log }: { log: Logger }): Promise<StateStore> {
  if ('file' in config) {
    const { openSqliteStore } = await import('./sqlite-store.ts');
    log.debug({ file: config.file }, 'state opened');
    return openSqliteStore(config.file);
  }
  const { openDynamoStore } = await import('./dynamodb-store.ts');
  const { table } = config.dynamodb;
  log.debug({ table }, 'state opened');
  return openDynamoStore({ table });
}
