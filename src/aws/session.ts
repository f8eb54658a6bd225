/** Placeholder signature file; the real module replaces it. */
import type { Client } from '@smithy/types';

/** A region-less constructor of an SDK client, e.g. `EC2Client`. */
// biome-ignore lint/suspicious/noExplicitAny: every client has its own config type
export type ClientConstructor<C> = new (config: any) => C;

export type AccountSession = {
  readonly accountId: string;
  /** Client of this account; made on first use, dropped with the session. `region` defaults to the scope's
   *  (`us-east-1` for global, payer and organization scopes). Typed by the constructor, e.g. `client(EC2Client)`. */
  // biome-ignore lint/suspicious/noExplicitAny: generic over all clients
  client<C extends Client<any, any, any>>(constructor: ClientConstructor<C>, region?: string): C;
  /** One value per run and key: the first caller computes, the others wait for the same promise. */
  shared<T>(key: string, load: () => Promise<T>): Promise<T>;
};
