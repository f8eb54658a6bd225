/** The command line as a process, started as users start it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/bin.js', import.meta.url));

/** @param environment variables on top of the usual ones; results and logs are thrown away */
export function costwarden(args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  return node([main, ...args], environment);
}

export function node(args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const { PATH = '' } = process.env;
  return spawn(process.execPath, args, { cwd: tmpdir(), env: { PATH, ...environment }, stdio: 'ignore' });
}

/** @returns exit code, and ms from this call to the exit */
export async function exitOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly ms: number }> {
  const startedAt = performance.now();
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, ms: performance.now() - startedAt };
}
