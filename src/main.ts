/**
 * Arguments and environment in, exit code out. The only file that reads the process's environment and sets its exit
 * code; errors that nobody could name end here.
 */
import { readFileSync } from 'node:fs';
import { runProgram } from './commands/program.ts';
import { ConfigError, exitCodes, StateConflictError, StateError } from './errors.ts';
import { scrub } from './log.ts';

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

try {
  const io = { stdout: process.stdout, stderr: process.stderr, env: process.env };
  process.exitCode = await runProgram(process.argv.slice(2), manifest.version, io);
  // The work is done and says how it ended: a signal in the last moment must not say something else.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {});
} catch (error) {
  process.exitCode = explain(error);
}

/** What the operator can mend is said in one line each; the rest is our bug and comes with its stack. */
function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) process.stderr.write(`${scrub(problem)}\n`);
    return exitCodes.usage;
  }
  if (error instanceof StateError) {
    process.stderr.write(`${scrub(error.message)}\n`);
    return exitCodes.usage;
  }
  if (error instanceof StateConflictError) {
    process.stderr.write(`${scrub(error.message)}\n`);
    return exitCodes.leaseHeld;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`costwarden failed unexpectedly; please report this:\n${scrub(text)}\n`);
  return exitCodes.bug;
}
