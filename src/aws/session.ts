/**
 * Access to AWS: one session per account, its clients made when first used and dropped with it.
 * Knows no resource. Every request passes `send`: a token first, a deadline always, throttles outside the attempt count.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { Client } from '@smithy/types';
import type { Logger } from '../log.ts';
import { assumeRole, type Credentials, callerIdentity, type Identity, roleArn } from './credentials.ts';
import { isExpired, isThrottle, isTransient, retryAfterMs } from './errors.ts';
import { createHttpHandler, type HttpTimes } from './http.ts';
import { loadLimits } from './limits.ts';
import { createMeter, type Meter } from './meter.ts';
import { createRateLimits } from './rate.ts';

/** A constructor of an SDK client, e.g. `EC2Client`. */
// biome-ignore lint/suspicious/noExplicitAny: every client has its own config type
type ClientConstructor<C> = new (config: any) => C;

export type AccountSession = {
  readonly accountId: string;
  /** ARN of the role the session works with; `undefined` for the current credentials. */
  readonly roleArn: string | undefined;
  /** Client of this account; made on first use, dropped with the session. Default region: `us-east-1`. */
  // biome-ignore lint/suspicious/noExplicitAny: generic over all clients
  client<C extends Client<any, any, any>>(type: ClientConstructor<C>, region?: string): C;
  /**
   * One value per run and key: the first caller computes, the others wait for the same promise. A failure is not kept.
   * A key that ends with `/<account id>` is dropped with the session.
   */
  shared<T>(key: string, load: () => Promise<T>): Promise<T>;
};

export type Sessions = {
  readonly meter: Meter;
  /** Who the current credentials are. @throws ConfigError in one sentence when there are none or they have expired */
  identity(): Promise<Identity>;
  /** The account of the current credentials. */
  hub(accountId: string): AccountSession;
  /** A member account, through its audit role; the role is assumed at the first call. Ask for `identity` first. */
  open(accountId: string): AccountSession;
  close(accountId: string): void;
  closeAll(): void;
};

export type SessionOptions = {
  /** Name of the audit role in member accounts; `undefined` = current credentials only. */
  readonly role?: string | undefined;
  readonly externalId?: string | undefined;
  readonly runId: string;
  /** Part of each AWS limit that the run may use, 0..1. */
  readonly share: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Default: the SDK's usual chain. */
  readonly credentials?: Credentials;
  readonly times?: HttpTimes;
  /** Longest life of one operation, waits and retries included. */
  readonly operationMs?: number;
};

/** Global services answer here, and it is the region of organization-wide reads. */
const homeRegion = 'us-east-1';

const transientAttempts = 3;
const defaultOperationMs = 120_000;

export function createSessions(options: SessionOptions): Sessions {
  const meter = createMeter();
  const handler = createHttpHandler(meter, options.times);
  const rates = createRateLimits(loadLimits(), options.share);
  const base = options.credentials ?? fromNodeProviderChain();
  const values = new Map<string, Promise<unknown>>();
  const sessions = new Map<string, { session: AccountSession; destroy(): void }>();
  const operationMs = options.operationMs ?? defaultOperationMs;

  /** Replaces a client's `send`, which paginators call too. */
  // biome-ignore lint/suspicious/noExplicitAny: generic over all clients
  const gated = <C extends Client<any, any, any>>(client: C, accountId: string, region: string): C => {
    const original = client.send.bind(client) as (command: SentCommand, options: object) => Promise<unknown>;
    const service = String(client.config.serviceId ?? '').toLowerCase();
    const send = async (command: SentCommand): Promise<unknown> => {
      const operation = command.constructor.name.replace(/Command$/, '');
      const gate = rates.gate({ accountId, region, service, operation });
      const deadline = startDeadline(operationMs, options.signal);
      const { signal } = deadline;
      let throttle: unknown;
      let isRenewed = false;
      try {
        for (let attempt = 1; ; ) {
          try {
            await gate.take(signal);
            meter.attempt({ service, operation, metrics: metricsIn(command) });
            const output = await gate.run(() => original(command, { abortSignal: signal }));
            meter.succeeded({ service, operation });
            return output;
          } catch (error) {
            if (options.signal.aborted) throw timeoutError(service, operation, undefined, error);
            // What AWS said last tells more than that the time is over.
            if (signal.aborted) throw throttle ?? timeoutError(service, operation, operationMs, error);
            if (isThrottle(error)) {
              throttle = error;
              meter.throttled();
              gate.throttled(retryAfterMs(error));
              continue;
            }
            if (isExpired(error) && !isRenewed) {
              isRenewed = true;
              // The client keeps a copy of its credentials: asking the client renews that one too.
              await client.config.credentials({ forceRefresh: true });
              continue;
            }
            if (!isTransient(error) || attempt >= transientAttempts) throw error;
            attempt += 1;
            // When the signal ends the pause, taking a token ends the call.
            await sleep(Math.random() * 50 * 2 ** attempt, undefined, { signal }).catch(() => {});
          }
        }
      } finally {
        deadline.end();
      }
    };
    client.send = send as C['send'];
    return client;
  };

  const make = (accountId: string, credentials: Credentials, roleArn: string | undefined): AccountSession => {
    // biome-ignore lint/suspicious/noExplicitAny: generic over all clients
    const clients = new Map<unknown, Map<string, Client<any, any, any>>>();
    const session: AccountSession = {
      accountId,
      roleArn,
      // biome-ignore lint/suspicious/noExplicitAny: generic over all clients
      client<C extends Client<any, any, any>>(type: ClientConstructor<C>, region = homeRegion): C {
        const byRegion = clients.get(type) ?? new Map();
        clients.set(type, byRegion);
        const known = byRegion.get(region);
        if (known !== undefined) return known as C;
        // Retries are ours: the SDK's would bypass the bucket and give up on throttles.
        const config = { region, credentials, requestHandler: handler, maxAttempts: 1, followRegionRedirects: false };
        const client = gated(new type(config), accountId, region);
        byRegion.set(region, client);
        return client;
      },
      shared<T>(key: string, load: () => Promise<T>): Promise<T> {
        const known = values.get(key);
        if (known !== undefined) return known as Promise<T>;
        const loading = load();
        values.set(key, loading);
        loading.catch(() => {
          if (values.get(key) === loading) values.delete(key);
        });
        return loading;
      },
    };
    const destroy = (): void => {
      for (const byRegion of clients.values()) for (const client of byRegion.values()) client.destroy();
      clients.clear();
      for (const key of values.keys()) if (key.endsWith(`/${accountId}`)) values.delete(key);
      rates.forget(accountId);
    };
    sessions.set(accountId, { session, destroy });
    return session;
  };

  const sts = gated(
    new STSClient({ region: homeRegion, credentials: base, requestHandler: handler, maxAttempts: 1 }),
    'hub',
    homeRegion,
  );
  const hub = (accountId: string): AccountSession =>
    sessions.get(accountId)?.session ?? make(accountId, base, undefined);
  let identity: Promise<Identity> | undefined;
  let partition = 'aws';
  return {
    meter,
    identity() {
      identity ??= callerIdentity(sts).then((found) => {
        partition = found.partition;
        return found;
      });
      return identity;
    },
    hub,
    open(accountId) {
      const known = sessions.get(accountId);
      if (known !== undefined) return known.session;
      const { role } = options;
      if (role === undefined) return hub(accountId);
      const arn = roleArn(partition, accountId, role);
      const { externalId, runId, log } = options;
      return make(accountId, assumeRole({ accountId, roleArn: arn, externalId, runId, sts, log }), arn);
    },
    close(accountId) {
      sessions.get(accountId)?.destroy();
      sessions.delete(accountId);
    },
    closeAll() {
      for (const session of sessions.values()) session.destroy();
      sessions.clear();
      sts.destroy();
      handler.close();
    },
  };
}

/**
 * A signal that is aborted after a time or with another signal. Unlike AbortSignal.timeout and AbortSignal.any it leaves
 * nothing behind: a run makes millions of requests, and their timers and links would outlive them by minutes.
 */
function startDeadline(ms: number, outer: AbortSignal): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort(outer.reason);
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => controller.abort(new DOMException('the deadline has passed', 'TimeoutError')), ms);
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}

type SentCommand = { readonly input: object; readonly constructor: { readonly name: string } };

/** Metrics are billed by query, not by request. */
function metricsIn(command: SentCommand): number {
  const queries = 'MetricDataQueries' in command.input ? command.input.MetricDataQueries : undefined;
  return Array.isArray(queries) ? queries.length : 0;
}

function timeoutError(service: string, operation: string, deadlineMs: number | undefined, cause: unknown): Error {
  const why = deadlineMs === undefined ? 'the run was ended' : `no answer within ${deadlineMs / 1000} s`;
  const error = new Error(`${service} ${operation}: ${why}`, { cause });
  error.name = 'TimeoutError';
  return error;
}
