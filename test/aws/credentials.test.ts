import { STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { assumeRole, callerIdentity, roleArn } from '../../src/aws/credentials.ts';
import { ConfigError } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import {
  baseClient,
  managementAccountId,
  memberAccountId,
  memberRoleArn,
  simulate,
} from '../simulator/wire/tiny-world.ts';
import { failureOf, openSessions } from '../support/sessions.ts';

const minute = 60_000;

/** @param minutesLeft of a session that has just begun, as its `Expiration` says */
async function start({ minutesLeft = 60, faults = [] as readonly Fault[], runId = 'run-1' } = {}) {
  const lines: string[] = [];
  const simulator = await simulate({}, { faults, sessionNow: () => Date.now() - (60 - minutesLeft) * minute });
  const sts = new STSClient(baseClient(simulator));
  const log = createLogger({ level: 'warn', version: 'test', stream: { write: (line) => void lines.push(line) } });
  const credentials = assumeRole({
    accountId: memberAccountId,
    roleArn: memberRoleArn,
    externalId: 'x-1',
    runId,
    sts,
    log,
  });
  const assumed = () => simulator.journal.count({ operation: 'AssumeRole' });
  const until = async (count: number): Promise<void> => {
    while (assumed() < count) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { credentials, assumed, until, lines, simulator };
}

describe('the memo of an account', () => {
  test('asks once for all who ask at the same time, and not again while the session is young', async () => {
    const { credentials, assumed } = await start();
    const given = await Promise.all(Array.from({ length: 5 }, () => credentials.get()));
    expect(await credentials.get()).toBe(given[0]);
    expect(new Set(given).size).toBe(1);
    expect(assumed()).toBe(1);
  });

  test('renews ahead of the end in the background: nobody waits', async () => {
    const { credentials, assumed, until } = await start({ minutesLeft: 8 });
    const old = await credentials.get();
    expect(await credentials.get()).toBe(old);
    await until(2);
    while ((await credentials.get()) === old) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(assumed()).toBe(2);
  });

  test('waits for new ones when the old are about to end', async () => {
    const { credentials, assumed } = await start({ minutesLeft: 0.5 });
    const old = await credentials.get();
    expect(await credentials.get()).not.toBe(old);
    expect(assumed()).toBe(2);
  });

  test('a renewal that fails is told once, not tried with every call, and the old session serves', async () => {
    const { credentials, assumed, until, lines } = await start({
      minutesLeft: 8,
      faults: [{ kind: 'denied', operation: 'AssumeRole', calls: [2, 3] }],
    });
    const old = await credentials.get();
    for (let call = 0; call < 5; call += 1) expect(await credentials.get()).toBe(old);
    await until(2);
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await credentials.get()).toBe(old);
    expect(assumed()).toBe(2);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ accountId: memberAccountId, level: 'warn' });
  });

  test('renews when it is told that AWS does not accept the old ones, once for all that were refused', async () => {
    const { credentials, assumed } = await start();
    const old = await credentials.get();
    const sentAt = performance.now();
    await Promise.all(Array.from({ length: 5 }, () => credentials.renew(sentAt)));
    // A refusal that took its time: what it was about has been renewed meanwhile.
    await credentials.renew(sentAt);
    const renewed = await credentials.get();
    expect(renewed).not.toBe(old);
    expect(await credentials.get()).toBe(renewed);
    expect(assumed()).toBe(2);
  });

  test('keeps a refusal, but not a failure of the moment', async () => {
    const refused = await start({ faults: [{ kind: 'denied', operation: 'AssumeRole' }] });
    const first = await failureOf(refused.credentials.get());
    expect(await failureOf(refused.credentials.get())).toBe(first);
    expect(refused.assumed()).toBe(1);
    for (const kind of ['throttle', 'server-error', 'expired-token'] as const) {
      const failed = await start({ faults: [{ kind, operation: 'AssumeRole', calls: [1] }] });
      await failureOf(failed.credentials.get());
      expect((await failed.credentials.get()).sessionToken).toBe('session-1');
    }
  });
});

test('the session is named after the run, in the characters that AWS allows', async () => {
  const nameOf = async (runId: string): Promise<string> => {
    const { credentials, simulator } = await start({ runId });
    const given = await credentials.get();
    const { arn } = await callerIdentity(new STSClient({ ...baseClient(simulator), credentials: given }));
    return arn.split('/').at(-1)!;
  };
  expect(await nameOf('2026-11-24T06:00Z_a b')).toBe('costwarden-2026-11-24T06-00Z_a-b');
  expect(await nameOf('x'.repeat(80))).toBe(`costwarden-${'x'.repeat(53)}`);
});

test('the role stands in the partition and account that are asked for', () => {
  expect(roleArn('aws-us-gov', '222222222222', 'audit/costwarden')).toBe(
    'arn:aws-us-gov:iam::222222222222:role/audit/costwarden',
  );
});

describe('who we are', () => {
  test('is asked once for a run', async () => {
    const simulator = await simulate({});
    const sessions = openSessions(simulator.url);
    const expected = {
      accountId: managementAccountId,
      arn: `arn:aws:iam::${managementAccountId}:user/costwarden-worker`,
      partition: 'aws',
    };
    expect(await Promise.all([sessions.identity(), sessions.identity()])).toEqual([expected, expected]);
    expect(simulator.journal.count({ operation: 'GetCallerIdentity' })).toBe(1);
  });

  test('with expired credentials is one sentence with the remedy', async () => {
    const simulator = await simulate({}, { faults: [{ kind: 'expired-token' }] });
    const error = await failureOf(openSessions(simulator.url).identity());
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toBe(
      'the AWS credentials have expired; get new ones (for example `aws sso login`) and start again',
    );
  });

  test('with a key that AWS does not know is one sentence too', async () => {
    const simulator = await simulate({});
    const sessions = openSessions(simulator.url, {
      credentials: async () => ({ accessKeyId: 'AKIAFOREIGN000000001', secretAccessKey: 'x' }),
    });
    expect((await failureOf(sessions.identity())).message).toContain('check AWS_PROFILE or the access key');
  });
});
