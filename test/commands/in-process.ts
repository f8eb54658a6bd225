/** A command in this process, for what a child cannot have: another clock, another disk. */
import type { CommandContext } from '../../src/commands/program.ts';

export type Written = { readonly context: CommandContext; stdout(): string; stderr(): string };

export function written(env: Record<string, string> = {}): Written {
  const text = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof text): NodeJS.WriteStream =>
    ({
      isTTY: false,
      write(piece: string) {
        text[name] += piece;
        return true;
      },
    }) as unknown as NodeJS.WriteStream;
  return {
    context: {
      version: 'test',
      io: { stdout: stream('stdout'), stderr: stream('stderr'), env: { COSTWARDEN_LOG_LEVEL: 'silent', ...env } },
    },
    stdout: () => text.stdout,
    stderr: () => text.stderr,
  };
}
