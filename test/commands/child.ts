/** The program as a child process in a directory of its own, with nothing of this process's environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = new URL('../../src/bin.js', import.meta.url).pathname;

export type Result = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type Workplace = {
  readonly directory: string;
  /** @returns the name, for `--config` */
  write(name: string, text: string): string;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  clean(): void;
};

export type Running = {
  readonly child: ChildProcess;
  /** What has been written so far. */
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<Result>;
};

export function workplace(): Workplace {
  const directory = mkdtempSync(join(tmpdir(), 'costwarden-child-'));
  const start: Workplace['start'] = (args, env = {}) => {
    const clean = { PATH: process.env['PATH'] ?? '', HOME: directory, COSTWARDEN_LOG_LEVEL: 'silent', ...env };
    const child = spawn(process.execPath, [main, ...args], { cwd: directory, env: clean });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const ended = new Promise<Result>((resolve) => {
      child.on('close', (code) => resolve({ code, ...output }));
    });
    return { child, output, ended };
  };
  return {
    directory,
    write(name, text) {
      writeFileSync(join(directory, name), text);
      return name;
    },
    run: (args, env) => start(args, env).ended,
    start,
    clean: () => rmSync(directory, { recursive: true, force: true }),
  };
}
