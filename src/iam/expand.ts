/** Action patterns to sets of actions: `*`, `s3:Get*`, `S3:getobject`, `ec2:Describe?pcs`. Case does not matter. */
import { type ActionSet, actionTable, addTo, emptySet, subtract, union } from './action-table.ts';
import { matchesWildcards } from './wildcards.ts';

const cache = new Map<string, ActionSet>();
/** Patterns remembered; more distinct ones than this are not worth their memory. */
const cacheSize = 5000;

export function expandPattern(pattern: string): ActionSet {
  const key = pattern.toLowerCase();
  const known = cache.get(key);
  if (known !== undefined) return known;
  const set = compute(key);
  if (cache.size < cacheSize) cache.set(key, set);
  return set;
}

export function expandAll(patterns: readonly string[]): ActionSet {
  let set = emptySet();
  for (const pattern of patterns) set = union(set, expandPattern(pattern));
  return set;
}

/** Action or NotAction of a statement. A statement with neither grants nothing. */
export function expandStatement({
  actions,
  notActions,
}: {
  actions: readonly string[] | undefined;
  notActions: readonly string[] | undefined;
}): ActionSet {
  if (actions !== undefined) return expandAll(actions);
  return notActions === undefined ? emptySet() : subtract(actionTable().all, expandAll(notActions));
}

function compute(pattern: string): ActionSet {
  const table = actionTable();
  if (/^\*+(:\*+)?$/.test(pattern)) return table.all;
  const set = emptySet();
  const separator = pattern.indexOf(':');
  // IAM refuses a service with wildcards; such a text matches nothing.
  const range = table.services.get(pattern.slice(0, separator));
  if (separator === -1 || range === undefined) return set;
  const wanted = pattern.slice(separator + 1);
  for (let index = range.start; index < range.end; index += 1) {
    const name = table.names[index]?.slice(separator + 1).toLowerCase() ?? '';
    if (matchesWildcards(wanted, name)) addTo(set, index);
  }
  return set;
}
