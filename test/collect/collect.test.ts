import { describe, expect, test } from 'vitest';
import { collectScope, withPrerequisites } from '../../src/collect/collect.ts';
import type { Collector } from '../../src/collect/collector.ts';
import { collectors as builtIn } from '../../src/collect/index.ts';
import { CollectError } from '../../src/errors.ts';
import type { Kind } from '../../src/model/inventory.ts';
import type { Account } from '../../src/model/scope.ts';
import { vpc } from '../support/builders.ts';
import { accountId, awsError, denial, fakeSession, now } from '../support/collected.ts';

const account = { id: accountId, name: 'shop' } as Account;

type Collect = Collector['collect'];

const collector = (kind: Kind, collect: Collect, overrides: Partial<Collector> = {}): Collector => ({
  kind,
  scope: 'region',
  iamActions: [`test:${kind}`],
  collect,
  ...overrides,
});

const run = (collectors: readonly Collector[]) =>
  collectScope({
    scope: { kind: 'region', account, region: 'eu-west-1' },
    session: fakeSession(),
    collectors,
    now,
    tagKeys: [],
  });

async function* yielding(...ids: string[]) {
  for (const id of ids) yield vpc({ id });
}

describe('a kind that comes after another', () => {
  test('waits for it and reads its records, whatever the order of the list', async () => {
    const first = collector('ec2.vpc', () => yielding('vpc-1', 'vpc-2'));
    const second = collector(
      'ec2.subnet',
      async function* ({ collected }) {
        for (const { id } of collected('ec2.vpc')) yield vpc({ id: `of-${id}` });
      } as Collect,
      { after: ['ec2.vpc'] },
    );
    for (const list of [
      [first, second],
      [second, first],
    ]) {
      const { records, gaps } = await run(list);
      expect(gaps).toEqual([]);
      expect(records.get('ec2.subnet')!.map(({ id }) => id)).toEqual(['of-vpc-1', 'of-vpc-2']);
    }
  });

  test('is a gap for the same reason when that one is', async () => {
    const first = collector('ec2.vpc', async function* () {
      yield* yielding('vpc-1');
      throw denial('ec2:DescribeVpcs');
    } as Collect);
    const second = collector('ec2.subnet', () => yielding('never'), { after: ['ec2.vpc'] });
    const third = collector('ec2.address', () => yielding('never'), { after: ['ec2.subnet'] });
    const { records, gaps } = await run([third, second, first]);
    expect(records.size).toBe(0);
    expect(gaps.map(({ kind, reason, iamAction }) => [kind, reason, iamAction])).toEqual([
      ['ec2.vpc', 'denied', 'ec2:DescribeVpcs'],
      ['ec2.subnet', 'denied', 'ec2:DescribeVpcs'],
      ['ec2.address', 'denied', 'ec2:DescribeVpcs'],
    ]);
  });

  test('is collected where only one resource of that one was missed', async () => {
    const first = collector('ec2.vpc', async function* ({ missed }) {
      missed('vpc-2', new CollectError('closed', { reason: 'denied', iamAction: 'ec2:X' }));
      yield* yielding('vpc-1');
    } as Collect);
    const second = collector('ec2.subnet', () => yielding('subnet-1'), { after: ['ec2.vpc'] });
    const { records, gaps } = await run([first, second]);
    expect([...records.keys()]).toEqual(['ec2.vpc', 'ec2.subnet']);
    expect(gaps).toEqual([
      {
        accountId,
        region: 'eu-west-1',
        kind: 'ec2.vpc',
        reason: 'denied',
        iamAction: 'ec2:X',
        resourceId: 'vpc-2',
        checks: [],
        message: 'closed',
      },
    ]);
  });
});

test('the failure of a kind leaves the others alone', async () => {
  const { records, gaps } = await run([
    collector('ec2.vpc', () => yielding('vpc-1')),
    collector('ec2.subnet', async function* () {
      yield* yielding('subnet-1');
      throw awsError('TimeoutError', 'no answer within 120 s', 0);
    } as Collect),
  ]);
  expect([...records.keys()]).toEqual(['ec2.vpc']);
  expect(gaps).toEqual([expect.objectContaining({ kind: 'ec2.subnet', reason: 'timeout', iamAction: undefined })]);
});

test('a permission is named for AWS only where it can be no other', async () => {
  const refused: Collect = async function* () {
    yield* yielding();
    throw awsError('AccessDenied', 'Access Denied', 403);
  };
  const { gaps } = await run([
    collector('ec2.vpc', refused),
    collector('ec2.subnet', refused, { iamActions: ['a:B', 'c:D'] }),
  ]);
  expect(gaps.map(({ kind, iamAction }) => [kind, iamAction])).toEqual([
    ['ec2.vpc', 'test:ec2.vpc'],
    ['ec2.subnet', undefined],
  ]);
});

test('an item that comes on two pages is one record', async () => {
  const { records } = await run([collector('ec2.vpc', () => yielding('vpc-1', 'vpc-2', 'vpc-1'))]);
  expect(records.get('ec2.vpc')?.map(({ id }) => id)).toEqual(['vpc-1', 'vpc-2']);
});

describe('a chain of pages whose token AWS has lost', () => {
  const lost = () =>
    Object.assign(new Error('The token is not valid'), {
      name: 'InvalidNextToken',
      $metadata: { httpStatusCode: 400 },
    });

  test('is walked again from its start, once, and leaves nothing twice', async () => {
    let walks = 0;
    const { records, gaps } = await run([
      collector('ec2.vpc', async function* ({ missed }) {
        walks += 1;
        missed('vpc-odd', new Error('odd'));
        yield* yielding('vpc-1', 'vpc-2');
        if (walks === 1) throw lost();
        yield* yielding('vpc-3');
      }),
    ]);
    expect(records.get('ec2.vpc')?.map(({ id }) => id)).toEqual(['vpc-1', 'vpc-2', 'vpc-3']);
    expect(gaps).toHaveLength(1);
  });

  test('is an incomplete list when it breaks again', async () => {
    const { records, gaps } = await run([
      collector('ec2.vpc', async function* () {
        yield* yielding('vpc-1');
        throw lost();
      }),
    ]);
    expect(records.has('ec2.vpc')).toBe(false);
    expect(gaps).toEqual([expect.objectContaining({ kind: 'ec2.vpc', reason: 'unexpected' })]);
  });
});

test('what a kind comes after is collected with it, once and ahead of it', () => {
  const all = new Map(builtIn.map((each) => [each.kind, each]));
  expect(withPrerequisites(['s3.bucket-size', 's3.bucket-tags', 's3.bucket'], all).map(({ kind }) => kind)).toEqual([
    's3.bucket',
    's3.bucket-lifecycle',
    's3.bucket-size',
    's3.bucket-tags',
  ]);
  expect(() => withPrerequisites(['ec2.vpc'], new Map())).toThrow('no collector for kind ec2.vpc');
});
