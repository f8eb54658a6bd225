/** Starts moto on a free loopback port for the tests of this folder, and ends it with them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly motoUrl: string;
  }
}

const python = new URL('../../.venv/bin/python', import.meta.url).pathname;
const program = new URL('server.py', import.meta.url).pathname;
const startMs = 30_000;

let moto: ChildProcess | undefined;

export async function setup({ provide }: TestProject): Promise<void> {
  const child = spawn(python, [program, '-H', '127.0.0.1', '-p', '0'], {
    // The environment of this process may hold real credentials; moto gets none of it.
    env: {
      PATH: process.env['PATH'],
      // Otherwise every account owns a thousand snapshots of stock images.
      MOTO_EC2_LOAD_DEFAULT_AMIS: 'false',
      // AWS's own policies: AdministratorAccess and the like are attached in the tests.
      MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  moto = child;
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (reason: string): void => reject(new Error(`moto ${reason}; run test/moto/setup.sh first\n${output}`));
    const timer = setTimeout(() => fail(`did not start within ${startMs / 1000} s`), startMs);
    child.once('error', ({ message }) => fail(message));
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      // The log of requests is read, so that moto does not stall, and dropped.
      if (output.length < 10_000) output += text;
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
  provide('motoUrl', url);
}

export async function teardown(): Promise<void> {
  if (moto === undefined || moto.exitCode !== null) return;
  const ended = once(moto, 'exit');
  moto.kill();
  await ended;
}
