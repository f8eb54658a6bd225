/** Lists that are made as they are read: what paging needs of an array, without holding a hundred thousand items. */

export type List<T> = {
  readonly length: number;
  slice(start: number, end: number): T[];
};

/** @param item the item at a position; asked again whenever the position is read */
export function listOf<T>(length: number, item: (index: number) => T): List<T> {
  return {
    length,
    slice(start, end) {
      const items: T[] = [];
      for (let index = start; index < Math.min(end, length); index += 1) items.push(item(index));
      return items;
    },
  };
}

/** One list after the other. */
export function joined<T>(...lists: readonly List<T>[]): List<T> {
  let length = 0;
  for (const list of lists) length += list.length;
  return {
    length,
    slice(start, end) {
      const items: T[] = [];
      let offset = 0;
      for (const list of lists) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, list.length);
        if (from < to) for (const item of list.slice(from, to)) items.push(item);
        offset += list.length;
      }
      return items;
    },
  };
}

export function mapped<T, U>(list: List<T>, change: (item: T) => U): List<U> {
  return { length: list.length, slice: (start, end) => list.slice(start, end).map(change) };
}

export function itemsOf<T>(list: List<T>): T[] {
  return list.slice(0, list.length);
}
