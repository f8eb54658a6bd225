/** Which of the required tag keys a resource carries, whatever their spelling. Pure. */
import type { TagPolicy, Tags } from 'costwarden/check';

/** Values that say nothing. */
const emptyValues = new Set(['', 'unknown', 'n/a', 'na', 'none', 'todo', 'tbd', '-']);

/**
 * @returns the value of a required key: exact, alias, then without regard to case and `-`, `_`, blanks;
 *   `undefined` when it is missing or says nothing
 */
export function requiredValue(tags: Tags, key: string, policy: TagPolicy): string | undefined {
  const aliases = policy.aliases[key] ?? [];
  for (const name of [key, ...aliases]) {
    const value = meaningful(tags[name]);
    if (value !== undefined) return value;
  }
  const spellings = new Set([key, ...aliases].map(plain));
  for (const [name, text] of Object.entries(tags)) {
    // AWS's own tags say who made a resource, not whose it is.
    if (name.startsWith('aws:') || !spellings.has(plain(name))) continue;
    const value = meaningful(text);
    if (value !== undefined) return value;
  }
  return undefined;
}

export function missingKeys(tags: Tags, policy: TagPolicy): string[] {
  return policy.required.filter((key) => requiredValue(tags, key, policy) === undefined);
}

function meaningful(value: string | undefined): string | undefined {
  return value === undefined || emptyValues.has(value.trim().toLowerCase()) ? undefined : value;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}
