/** The aggregation of `sql.ts` in memory, column by column: what the SQL says, this does. */
import type { ChargeGroup } from './bill-lines.ts';
import type { Fail, Layout, SumRole, TextRole } from './layout.ts';
import type { DayRange } from './sql.ts';

/** Some rows of an export, as columns. */
export type Batch = {
  readonly rows: number;
  /** Texts, numbers, dates; `null`, `undefined` and the empty text mean the same. */
  column(name: string): ArrayLike<unknown>;
  /** Where a row stands, for messages, e.g. `line 12`. */
  place(row: number): string;
};

export type Aggregation = {
  /** @throws what `fail` makes of a figure or a day that is none */
  add(batch: Batch): void;
  /** In the order of days. */
  groups(): AsyncIterable<ChargeGroup>;
};

type Group = { readonly day: string; readonly texts: readonly string[]; readonly sums: (number | null)[] };
/** By the value of one column the groups that have it, apart by the next; the last one is the day. */
type Branch = Map<string, Branch | Group>;

export function aggregate(layout: Layout, { from, to }: DayRange, fail: Fail): Aggregation {
  const root: Branch = new Map();
  const groups: Group[] = [];
  const days = new Map<unknown, string | undefined>();
  const dayIn = (batch: Batch, row: number, name: string, value: unknown): string => {
    let day = days.get(value);
    if (day === undefined) {
      day = dayOf(value);
      if (day === undefined) throw fail(`${batch.place(row)}: ${name} is no day but ${JSON.stringify(value ?? '')}`);
      if (typeof value === 'string') days.set(value, day);
    }
    return day;
  };
  /** A key made of all texts would take longer than everything else. */
  const groupOf = (texts: readonly string[], day: string): Group => {
    let branch = root;
    for (const text of texts) {
      let next = branch.get(text) as Branch | undefined;
      if (next === undefined) {
        next = new Map();
        branch.set(text, next);
      }
      branch = next;
    }
    let group = branch.get(day) as Group | undefined;
    if (group === undefined) {
      group = { day, texts: [...texts], sums: layout.sums.map(() => null) };
      branch.set(day, group);
      groups.push(group);
    }
    return group;
  };
  return {
    add(batch) {
      const dayColumn = batch.column(layout.day);
      const periodColumn = batch.column(layout.period);
      const texts = layout.texts.map(([role, name]) => ({ isId: role === 'commitmentId', values: batch.column(name) }));
      const sums = layout.sums.map(([, name]) => ({ name, values: batch.column(name) }));
      const own = texts.map(() => '');
      for (let row = 0; row < batch.rows; row += 1) {
        const day = dayIn(batch, row, layout.day, dayColumn[row]);
        const period = dayIn(batch, row, layout.period, periodColumn[row]);
        const billDay = day.slice(0, 7) === period.slice(0, 7) ? day : period;
        if (billDay < from || billDay >= to) continue;
        for (let index = 0; index < texts.length; index += 1) own[index] = textOf(texts[index], row);
        const group = groupOf(own, billDay);
        for (let index = 0; index < sums.length; index += 1) {
          const { name = '', values = [] } = sums[index] ?? {};
          const value = values[row];
          if (value === null || value === undefined || value === '') continue;
          const figure = Number(value);
          if (Number.isNaN(figure))
            throw fail(`${batch.place(row)}: ${name} is no number but ${JSON.stringify(value)}`);
          group.sums[index] = (group.sums[index] ?? 0) + figure;
        }
      }
    },
    async *groups() {
      const inOrder = groups.sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
      for (const { day, texts, sums } of inOrder) {
        yield {
          day,
          texts: Object.fromEntries(layout.texts.map(([role], index) => [role, texts[index] ?? ''])) as Texts,
          sums: Object.fromEntries(layout.sums.map(([role], index) => [role, sums[index] ?? null])) as Sums,
        };
      }
    },
  };
}

type Texts = Partial<Record<TextRole, string>>;
type Sums = Partial<Record<SumRole, number | null>>;

type TextColumn = { readonly isId: boolean; readonly values: ArrayLike<unknown> };

/** Of an id only that there is one. */
function textOf(column: TextColumn | undefined, row: number): string {
  const value = column?.values[row];
  const text = typeof value === 'string' ? value : String((value as number | bigint | null | undefined) ?? '');
  return column?.isId !== true || text === '' ? text : 'yes';
}

function dayOf(value: unknown): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString().slice(0, 10);
  if (typeof value !== 'string') return undefined;
  const day = value.slice(0, 10);
  return /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : undefined;
}
