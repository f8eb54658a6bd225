/**
 * The one aggregation of an export, as SQL that Athena and DuckDB both run: day x what charges are told apart by ->
 * sums. Only columns that are there occur in it; what the groups mean is decided in `bill-lines.ts`, for all sources.
 */
import { addDays } from '../../model/days.ts';
import type { ChargeGroup } from './bill-lines.ts';
import type { Layout, SumRole, TextRole } from './layout.ts';

/** Days as `YYYY-MM-DD`; `to` is not included. */
export type DayRange = { readonly from: string; readonly to: string };

/** Marks the query in Athena's history, with a number that changes when its meaning does. */
const queryTag = 'costwarden:daily-bill:1';

export type Aggregation = DayRange & {
  readonly layout: Layout;
  /** SQL of what is read: `tableName` or a function of the engine. */
  readonly table: string;
  /** Column that the table is cut by, with values such as `2026-11`; what is not asked for is then not read. */
  readonly partition?: string | undefined;
};

/** @throws RangeError when a day is none: days go into the text */
export function aggregationSql({ layout, table, partition, from, to }: Aggregation): string {
  for (const day of [from, to]) if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new RangeError(`not a day: ${day}`);
  const dayOf = (column: string): string => `SUBSTR(CAST(${identifier(column)} AS varchar), 1, 10)`;
  const texts = layout.texts.map(([role, column]) => `${textOf(role, identifier(column))} AS ${identifier(role)}`);
  const sums = layout.sums.map(([role, column]) => `SUM(CAST(${identifier(column)} AS double)) AS ${identifier(role)}`);
  const day = dayOf(layout.day);
  const period = dayOf(layout.period);
  // A charge of an earlier month that is billed now belongs to the bill it is on: months add up to invoices.
  const billDay = `CASE WHEN SUBSTR(${day}, 1, 7) = SUBSTR(${period}, 1, 7) THEN ${day} ELSE ${period} END`;
  const conditions = [`${billDay} >= '${from}'`, `${billDay} < '${to}'`];
  if (partition !== undefined)
    conditions.unshift(`${identifier(partition)} BETWEEN '${monthOf(from)}' AND '${monthOf(addDays(to, -1))}'`);
  const keys = Array.from({ length: texts.length + 1 }, (_, index) => index + 1);
  return [
    `SELECT /* ${queryTag} ${layout.format} ${from} ${to} */`,
    `  ${[`${billDay} AS bill_day`, ...texts, ...sums].join(',\n  ')}`,
    `FROM ${table}`,
    `WHERE ${conditions.join('\n  AND ')}`,
    `GROUP BY ${keys.join(', ')}`,
    'ORDER BY 1',
  ].join('\n');
}

function monthOf(day: string): string {
  return day.slice(0, 7);
}

/** Ids of commitments are many; that there is one is enough. */
function textOf(role: TextRole, column: string): string {
  const text = `COALESCE(CAST(${column} AS varchar), '')`;
  return role === 'commitmentId' ? `CASE WHEN ${text} = '' THEN '' ELSE 'yes' END` : text;
}

/** Quoted as the standard says, so that a name can be anything and cannot become a command. */
function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function tableName(database: string, table: string): string {
  return `${identifier(database)}.${identifier(table)}`;
}

/** A row of the answer, its values in the order of the query. */
export function toGroup(layout: Layout, row: readonly (string | number | null | undefined)[]): ChargeGroup {
  const texts: Partial<Record<TextRole, string>> = {};
  const sums: Partial<Record<SumRole, number | null>> = {};
  let at = 1;
  for (const [role] of layout.texts) texts[role] = String(row[at++] ?? '');
  for (const [role] of layout.sums) {
    const value = row[at++];
    sums[role] = value === null || value === undefined ? null : Number(value);
  }
  return { day: String(row[0] ?? ''), texts, sums };
}
