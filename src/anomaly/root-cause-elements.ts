/** The descriptions that a cube's leaves can be told by: an account, a service in a region, one usage type ... */

export type Element = {
  /** Only those that tell its leaves from the others; empty = the whole cube. */
  readonly dims: Readonly<Record<string, string>>;
  /** Indexes of its leaves, ascending. */
  readonly members: readonly number[];
  /** How many others its dimensions could have named: what it takes to say which one. */
  readonly rivals: number;
};

/** Every description that occurs; of those that select the same leaves, the shortest. */
export function elementsOf(leaves: readonly { readonly dims: Readonly<Record<string, string>> }[]): Element[] {
  const names = Object.keys(leaves[0]?.dims ?? {}).sort();
  const found = new Map<string, Element>();
  for (const subset of subsetsOf(names)) {
    const groups = groupsOf(leaves, subset);
    for (const { dims, members } of groups) {
      const selection = members.join();
      if (!found.has(selection)) found.set(selection, { dims, members, rivals: groups.length });
    }
  }
  return [...found.values()];
}

/** Short ones first; the empty one last, since a cube of one account is better told by that account than by nothing. */
function subsetsOf(names: readonly string[]): string[][] {
  const subsets: string[][] = [];
  for (let mask = 1; mask < 1 << names.length; mask += 1) subsets.push(names.filter((_, bit) => mask & (1 << bit)));
  subsets.sort((a, b) => a.length - b.length);
  return [...subsets, []];
}

type Group = { readonly dims: Readonly<Record<string, string>>; readonly members: number[] };

function groupsOf(
  leaves: readonly { readonly dims: Readonly<Record<string, string>> }[],
  names: readonly string[],
): Group[] {
  const groups = new Map<string, Group>();
  for (const [index, { dims }] of leaves.entries()) {
    let key = '';
    for (const name of names) key += `${dims[name]}\u0000`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { dims: Object.fromEntries(names.map((name) => [name, dims[name] ?? ''])), members: [] };
      groups.set(key, group);
    }
    group.members.push(index);
  }
  return [...groups.values()];
}
