/** What the bench says: one number each, with its goal and how it came about. */

export type Figure = {
  /** Dotted, for machines: measurement, case, what. */
  readonly name: string;
  /** `null` = could not be measured; `how` says why. */
  readonly value: number | null;
  readonly unit: string;
  /** `null` = told for comparison only. */
  readonly goal: string | null;
  /** Whether the goal is met; `null` without a goal or a value. */
  readonly ok: boolean | null;
  /** What was counted over what, and what bounds it. */
  readonly how: string;
  /** Missing this goal fails the bench: counts and bytes, which no busy machine can spoil. Times only inform. */
  readonly decides: boolean;
  /** Under what name `--json` tells it. Default: its own. */
  readonly as?: FigureName;
};

export type FigureName = {
  readonly figure: string;
  readonly mix?: string;
  readonly accounts?: number;
  readonly system?: string;
};

type FigureOptions = {
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly decides?: boolean;
  readonly as?: FigureName;
};

export function figure(
  name: string,
  value: number | null,
  unit: string,
  how: string,
  { atMost, atLeast, decides = false, as }: FigureOptions = {},
): Figure {
  const goal = atMost !== undefined ? `<= ${atMost}` : atLeast !== undefined ? `>= ${atLeast}` : null;
  const isMet = value !== null && value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity);
  return {
    name,
    value,
    unit,
    goal,
    ok: goal === null || value === null ? null : isMet,
    how,
    decides,
    ...(as && { as }),
  };
}

/** `short` for every change (about half a minute), `full` before a release. */
export type Size = 'short' | 'full';

export type Measurement = {
  readonly name: string;
  /** One line for the reader of the table. */
  readonly title: string;
  run(size: Size): AsyncIterable<Figure>;
};

/** One line for machines. Shares are shares here, not percent. */
export function lineOf({ name, value, unit, goal, ok, how, as = { figure: name } }: Figure): string {
  const isShare = as.figure.endsWith('-share');
  return JSON.stringify({ ...as, value: isShare && value !== null ? value / 100 : value, unit, goal, ok, how });
}

export function rowOf({ name, value, unit, goal, ok, how }: Figure): string {
  const number = value === null ? '-' : value.toLocaleString('en-US', { maximumSignificantDigits: 4 });
  const verdict = ok === null ? '' : ok ? 'ok' : 'MISSED';
  return `  ${name.padEnd(34)} ${number.padStart(10)} ${unit.padEnd(8)} ${(goal ?? '').padEnd(9)} ${verdict.padEnd(7)} ${how}`;
}
