/** The tree of the simulated organization: who exists, where, in which state. Small, whatever the number of accounts. */
import { hex } from './random.ts';

export type SimulatedAccount = {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly team: string;
  readonly ouId: string;
  readonly state: 'ACTIVE' | 'SUSPENDED';
  readonly hasRole: boolean;
  readonly tags: Readonly<Record<string, string>>;
};

export type Unit = { readonly id: string; readonly name: string; readonly parentId: string };

export type Organization = {
  readonly rootId: string;
  readonly units: readonly Unit[];
  readonly size: number;
  account(index: number): SimulatedAccount;
  indexOf(accountId: string): number | undefined;
  /** Accounts right below the root or a unit, by index. */
  accountsIn(parentId: string): readonly number[];
  /** From now on. */
  suspend(index: number): void;
};

const teams = ['payments', 'data', 'web', 'platform', 'search', 'mobile'];

/** @param names of the first accounts; others are named after their team */
export function createOrganization(
  seed: number,
  size: number,
  names: readonly string[],
  hasFailures: boolean,
): Organization {
  const rootId = `r-${hex(4, seed, 'root')}`;
  const unitId = (name: string): string => `ou-${rootId.slice(2)}-${hex(8, seed, name)}`;
  const units: Unit[] = [
    { id: unitId('workloads'), name: 'workloads', parentId: rootId },
    { id: unitId('prod'), name: 'prod', parentId: unitId('workloads') },
    { id: unitId('nonprod'), name: 'nonprod', parentId: unitId('workloads') },
    { id: unitId('security'), name: 'security', parentId: rootId },
    { id: unitId('sandbox'), name: 'sandbox', parentId: rootId },
  ];
  const parentOf = (index: number): string => (index === 0 ? rootId : (units[1 + (index % 4)]?.id ?? rootId));
  const below = Map.groupBy(
    Array.from({ length: size }, (_, index) => index),
    parentOf,
  );
  /** Twelve digits that tell the index, so that nothing has to be remembered. */
  const base = 100_000_000_000 + (Number.parseInt(hex(8, seed, 'accounts'), 16) % 80_000_000) * 10_000;
  const suspended = new Set(hasFailures ? [size - 1] : []);
  const account = (index: number): SimulatedAccount => {
    const team = teams[index % teams.length] ?? 'web';
    const name = names[index] ?? (index === 0 ? 'management' : `${team}-${index % 3 === 0 ? 'dev' : 'prod'}-${index}`);
    return {
      index,
      id: String(base + index),
      name,
      team: name.split('-')[0] ?? team,
      ouId: parentOf(index),
      state: suspended.has(index) ? 'SUSPENDED' : 'ACTIVE',
      hasRole: !(hasFailures && index === size - 2),
      tags: { team: name.split('-')[0] ?? team },
    };
  };
  return {
    rootId,
    units,
    size,
    account,
    indexOf(accountId) {
      const index = Number(accountId) - base;
      return Number.isInteger(index) && index >= 0 && index < size ? index : undefined;
    },
    accountsIn: (parentId) => below.get(parentId) ?? [],
    suspend: (index) => suspended.add(index),
  };
}
