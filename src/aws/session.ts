/**
 * Access to AWS: one session per account, its clients made when their first request may go and dropped with it.
 * Knows no resource. Every request passes `send.ts`.
 */
import { STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { Logger } from '../log.ts';
import { type AnyClient, type ClientConstructor, gatedClient, homeRegion } from './clients.ts';
import {
  type AccountCredentials,
  assumeRole,
  type Credentials,
  callerIdentity,
  type Identity,
  ownCredentials,
  roleArn,
} from './credentials.ts';
import { createDispatcher, type Dispatcher } from './dispatch.ts';
import { createEndpoints, type EndpointTimes } from './endpoints.ts';
import { createHttpHandler, type HttpTimes } from './http.ts';
import { loadLimits } from './limits.ts';
import { createMeter, type Meter } from './meter.ts';
import { createOperations, type Operations } from './operations.ts';
import { startDeadline, type Wire } from './send.ts';

export type AccountSession = {
  readonly accountId: string;
  /** ARN of the role the session works with; `undefined` for the current credentials. */
  readonly roleArn: string | undefined;
  /** Client of this account. Default region: `us-east-1`. */
  client<C extends AnyClient>(type: ClientConstructor<C>, region?: string): C;
  /**
   * Client that works when the run or the account's time has ended, for one last request: to stop what AWS would
   * otherwise go on with at the customer's cost.
   */
  parting<C extends AnyClient>(type: ClientConstructor<C>, region?: string): C;
  /** Drops the clients of a region that is done. */
  release(region: string): void;
  /**
   * One value per run and key: the first caller computes, the others wait for the same promise. A failure is not kept.
   * A key that ends with `/<account id>` is dropped with the session.
   */
  shared<T>(key: string, load: () => Promise<T>): Promise<T>;
};

export type Sessions = {
  readonly meter: Meter;
  /** What the run waits for right now. */
  readonly operations: Operations;
  readonly dispatcher: Dispatcher;
  /** Who the current credentials are. @throws ConfigError in one sentence when there are none or they have expired */
  identity(): Promise<Identity>;
  /** The account of the current credentials. */
  hub(accountId: string): AccountSession;
  /**
   * A member account, through its audit role; the role is assumed at the first call. Ask for `identity` first.
   * @param expectedSeconds what the account is expected to take; the calls of longer ones go first
   */
  open(accountId: string, expectedSeconds?: number): AccountSession;
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
  /** Requests in flight at once. Default 64. */
  readonly concurrency?: number;
  /** Limit of the run's own AWS bill. Default: none. */
  readonly maxUsd?: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Default: the SDK's usual chain. */
  readonly credentials?: Credentials;
  readonly times?: HttpTimes;
  /** Longest time that AWS may have the request of one operation, attempts together. */
  readonly operationMs?: number;
  /** Longest time for one account; what is not there by then is a gap. */
  readonly accountMs?: number;
  readonly endpointTimes?: EndpointTimes;
};

const defaultOperationMs = 30_000;
const defaultAccountMs = 3_600_000;
const defaultConcurrency = 64;
/** What a last request hears; its own time limit still holds. */
const neverEnds = new AbortController().signal;
/** AssumeRole has slots of its own: calls that hold one may wait for it. */
const stsConcurrency = 16;

export function createSessions(options: SessionOptions): Sessions {
  const { signal, share, runId, log, externalId } = options;
  const meter = createMeter(options.maxUsd);
  const handler = createHttpHandler(meter, options.times);
  const limits = loadLimits();
  const wire: Wire = {
    meter,
    dispatcher: createDispatcher(limits, share, options.concurrency ?? defaultConcurrency),
    endpoints: createEndpoints(options.endpointTimes),
    operations: createOperations(),
    bytesOf: handler.bytesOf,
    operationMs: options.operationMs ?? defaultOperationMs,
  };
  const stsWire: Wire = { ...wire, dispatcher: createDispatcher(limits, share, stsConcurrency) };
  const base = ownCredentials(options.credentials ?? fromNodeProviderChain());
  const values = new Map<string, Promise<unknown>>();
  const sessions = new Map<string, { session: AccountSession; destroy(): void }>();

  type Owner = { accountId: string; credentials: AccountCredentials; expectedSeconds: number; signal: AbortSignal };
  const make = (owner: Owner, roleArn: string | undefined, end: () => void): AccountSession => {
    const { accountId, credentials, expectedSeconds } = owner;
    const prepare = roleArn === undefined ? undefined : credentials.get;
    const clients = new Map<string, Map<unknown, AnyClient>>();
    const release = (region: string): void => {
      for (const client of clients.get(region)?.values() ?? []) client.destroy();
      clients.delete(region);
    };
    const session: AccountSession = {
      accountId,
      roleArn,
      client<C extends AnyClient>(type: ClientConstructor<C>, region = homeRegion): C {
        const ofRegion = clients.get(region) ?? new Map();
        clients.set(region, ofRegion);
        const known = ofRegion.get(type);
        if (known !== undefined) return known as C;
        const route = { accountId, region, expectedSeconds, signal: owner.signal, prepare, credentials };
        const client = gatedClient(type, route, wire, handler);
        ofRegion.set(type, client);
        return client;
      },
      parting<C extends AnyClient>(type: ClientConstructor<C>, region = homeRegion): C {
        const route = { accountId, region, expectedSeconds, signal: neverEnds, prepare, credentials };
        return gatedClient(type, route, wire, handler);
      },
      release,
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
      end();
      for (const region of clients.keys()) release(region);
      for (const key of values.keys()) if (key.endsWith(`/${accountId}`)) values.delete(key);
      wire.dispatcher.forget(accountId);
      meter.forget(accountId);
    };
    sessions.set(accountId, { session, destroy });
    return session;
  };

  const stsRoute = {
    accountId: 'hub',
    region: homeRegion,
    expectedSeconds: 0,
    signal,
    prepare: undefined,
    credentials: base,
  };
  const sts = gatedClient(STSClient, stsRoute, stsWire, handler);
  // The questions to the bill and the organization follow one another, and the accounts wait for some of them.
  const hub = (accountId: string): AccountSession =>
    sessions.get(accountId)?.session ??
    make({ accountId, credentials: base, expectedSeconds: Number.MAX_VALUE, signal }, undefined, () => {});
  let identity: Promise<Identity> | undefined;
  let partition = 'aws';
  return {
    meter,
    operations: wire.operations,
    dispatcher: wire.dispatcher,
    identity() {
      identity ??= callerIdentity(sts).then((found) => {
        partition = found.partition;
        return found;
      });
      return identity;
    },
    hub,
    open(accountId, expectedSeconds = 0) {
      const known = sessions.get(accountId);
      if (known !== undefined) return known.session;
      const { role } = options;
      if (role === undefined) return hub(accountId);
      const arn = roleArn(partition, accountId, role);
      const credentials = assumeRole({ accountId, roleArn: arn, externalId, runId, sts, log });
      const deadline = startDeadline(options.accountMs ?? defaultAccountMs, signal);
      return make({ accountId, credentials, expectedSeconds, signal: deadline.signal }, arn, () => deadline.end());
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
