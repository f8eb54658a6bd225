/** Who holds a lease on this machine, so that one that was killed need not be waited for. */
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Host, process namespace (containers count processes each on their own) and process id. */
export function thisProcess(): string {
  return [hostname(), namespace(), process.pid].join(' ');
}

/** True only when it is certain: another host's process, or one of another container, may well be alive. */
export function isDead(holder: string): boolean {
  const [host, space, pid = ''] = holder.split(' ');
  if (host !== hostname() || space !== namespace() || !/^\d+$/.test(pid)) return false;
  // The same id as ours is an earlier life of a container, or another run of this process.
  if (Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'host';
  }
}
