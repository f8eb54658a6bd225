/** Sessions of the product that talk to a simulator, and end with the test. */
import { onTestFinished } from 'vitest';
import { createSessions, type SessionOptions, type Sessions } from '../../src/aws/session.ts';
import { createLogger } from '../../src/log.ts';

/** @param endpoint address of a simulator or of a server that misbehaves */
export function openSessions(endpoint: string, options: Partial<SessionOptions> = {}): Sessions {
  process.env['AWS_ENDPOINT_URL'] = endpoint;
  process.env['AWS_CONFIG_FILE'] = '/dev/null';
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/dev/null';
  const sessions = createSessions({
    role: 'costwarden-audit',
    externalId: 'x-1',
    runId: 'run-1',
    share: 1,
    signal: new AbortController().signal,
    log: createLogger({ level: 'silent', version: 'test' }),
    credentials: async () => ({ accessKeyId: 'AKIASIMULATED0000001', secretAccessKey: 'simulated' }),
    ...options,
  });
  onTestFinished(() => sessions.closeAll());
  return sessions;
}

/** The error that a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<Error> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof Error)) throw new Error('the call succeeded');
  return outcome;
}

/** Milliseconds until a call ends, whichever way. */
export async function durationOf(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await call().catch(() => {});
  return performance.now() - start;
}
