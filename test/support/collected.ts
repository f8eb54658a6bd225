/** Collectors run through `collectScope` against mocked clients: how AWS's answers become records and gaps. */
import type { Client, Command } from '@smithy/types';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import type { AccountSession } from '../../src/aws/session.ts';
import { collectScope, withPrerequisites } from '../../src/collect/collect.ts';
import type { CollectContext, Collector } from '../../src/collect/collector.ts';
import { collectors } from '../../src/collect/index.ts';
import type { CollectedScope, Kind, Resource } from '../../src/model/inventory.ts';
import type { ResourceKinds } from '../../src/model/resources/index.ts';
import type { Account, Scope } from '../../src/model/scope.ts';

export const accountId = '222222222222';
const region = 'eu-west-1';
export const now = '2026-11-24T06:00:00.000Z';

const account: Account = {
  id: accountId,
  name: 'shop',
  state: 'ACTIVE',
  ouPath: ['workloads'],
  ouIds: ['r-root', 'ou-root-workloads'],
  tags: {},
  isManagement: false,
  managementId: '111111111111',
};

export type CollectOptions = {
  readonly accountId?: string;
  readonly roleArn?: string;
  readonly tagKeys?: readonly (readonly string[])[];
  /** Values that sessions of one run share; give the same map to several accounts of a run. */
  readonly values?: Map<string, Promise<unknown>>;
  /** Where the bill is read; default: the account's own, at any price. */
  readonly billing?: CollectContext['billing'];
};

/** A session without limits and credentials: mocked clients send nothing. */
export function fakeSession({
  accountId: id = accountId,
  roleArn,
  values = new Map(),
}: CollectOptions = {}): AccountSession {
  const client: AccountSession['client'] = (type, at = 'us-east-1') =>
    new type({ region: at, credentials: { accessKeyId: 'AKIAFAKE', secretAccessKey: 'fake' } });
  return {
    accountId: id,
    roleArn,
    client,
    parting: client,
    release: () => {},
    shared<T>(key: string, load: () => Promise<T>): Promise<T> {
      const known = values.get(key) as Promise<T> | undefined;
      const value = known ?? load();
      values.set(key, value);
      value.catch(() => values.delete(key));
      return value;
    },
  };
}

/** Runs the collector of a kind and those it comes after. */
export async function collectKind<K extends Kind>(
  kind: K,
  options: CollectOptions = {},
): Promise<CollectedScope & { readonly of: <Q extends Kind>(kind: Q) => readonly ResourceKinds[Q][] | undefined }> {
  const byKind = new Map<Kind, Collector>(collectors.map((collector) => [collector.kind, collector]));
  const chosen = withPrerequisites([kind], byKind);
  const scopeKind = byKind.get(kind)!.scope;
  const scope: Scope = {
    kind: scopeKind,
    account: { ...account, id: options.accountId ?? accountId },
    region: scopeKind === 'region' ? region : 'global',
  };
  const collected = await collectScope({
    scope,
    session: fakeSession(options),
    collectors: chosen,
    now,
    tagKeys: options.tagKeys ?? [],
    ...(options.billing === undefined ? {} : { billing: options.billing }),
  });
  return {
    ...collected,
    of: <Q extends Kind>(wanted: Q) => collected.records.get(wanted) as readonly ResourceKinds[Q][] | undefined,
  };
}

/** An error as the SDK throws it. */
export function awsError(name: string, message: string, status = 400): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: status } });
}

/** A refusal in the words of IAM. */
export function denial(action: string, code = 'AccessDenied', status = 403): Error {
  const user = `arn:aws:sts::${accountId}:assumed-role/costwarden-audit/costwarden-run-1`;
  return awsError(
    code,
    `User: ${user} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
    status,
  );
}

// biome-ignore lint/suspicious/noExplicitAny: generic over all clients and commands
type AnyClient = Client<any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: every client has its own config type
type AnyClientType = new (config: any) => AnyClient;
// biome-ignore lint/suspicious/noExplicitAny: generic over all clients and commands
type AnyCommand = new (input: any) => Command<any, any, any, any, any>;

export type ListCase<K extends Kind> = {
  readonly client: AnyClientType;
  readonly command: AnyCommand;
  /** Two answers of AWS; one for an operation that AWS does not page. */
  readonly pages: readonly object[];
  /** Input member of the page token; its value on the second call must be `page-2`. */
  readonly token?: string;
  /** Members that every request must have, e.g. a page size. */
  readonly input?: object;
  readonly records: readonly (ResourceKinds[K] & Resource)[];
  readonly refusal: Error;
  readonly iamAction: string;
  readonly options?: CollectOptions;
  /** AWS leaves the list out where there is nothing in it. */
  readonly mayLackList?: boolean;
};

/** What every list must hold: pages are joined, and a refusal half-way leaves a gap and no records. */
export function testList<K extends Kind>(kind: K, list: ListCase<K>): void {
  const { client, command, pages, token, input = {}, records, refusal, iamAction, options } = list;
  const mock = mockClient(client);

  test(`${kind}: ${pages.length === 2 ? 'two pages are one list' : 'the answer is the list'}`, async () => {
    mock.reset();
    const inputs: Record<string, unknown>[] = [];
    // Paginators change the input they were given: it is copied as it was sent.
    mock.on(command as never).callsFake((sent: Record<string, unknown>) => {
      inputs.push({ ...sent });
      return pages[inputs.length - 1];
    });
    const collected = await collectKind(kind, options);
    expect(collected.gaps).toEqual([]);
    expect(collected.of(kind)).toEqual(records);
    expect(inputs.map((sent) => (token === undefined ? undefined : sent[token]))).toEqual(
      pages.length === 2 ? [undefined, 'page-2'] : [undefined],
    );
    for (const sent of inputs) expect(sent).toMatchObject(input);
  });

  test(`${kind}: a refused call is a gap that names the permission, and nothing is kept`, async () => {
    mock.reset();
    let calls = 0;
    mock.on(command as never).callsFake(() => {
      calls += 1;
      if (calls === pages.length) throw refusal;
      return pages[calls - 1];
    });
    const collected = await collectKind(kind, options);
    expect(collected.records.has(kind)).toBe(false);
    expect(collected.gaps).toEqual([
      expect.objectContaining({ kind, reason: 'denied', iamAction, resourceId: undefined, accountId }),
    ]);
  });

  test.skipIf(list.mayLackList === true)(`${kind}: an answer without its list is no empty list`, async () => {
    mock.reset();
    mock.on(command as never).resolves({} as never);
    const collected = await collectKind(kind, options);
    expect(collected.records.has(kind)).toBe(false);
    expect(collected.gaps).toEqual([expect.objectContaining({ kind, reason: 'unexpected' })]);
  });
}
