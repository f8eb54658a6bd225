/** How a line of the simulated bill moves over time. A line without a course costs the same every day. */

export type Surge = { readonly from: string; readonly to?: string; readonly factor: number };

export type CostCourse = {
  /** The line's own chance. */
  readonly seed: number;
  /** Standard deviation of a day's logarithm. Default: none. */
  readonly noise?: number;
  /** Growth of a month, 0.1 = 10 %. The line's USD are those of `today`. Default: none. */
  readonly growth?: { readonly perMonth: number; readonly today: string };
  /** Charged once a month, on this date, instead of every day. */
  readonly dayOfMonth?: number;
  readonly surges?: readonly Surge[];
};

const dayMs = 86_400_000;
const daysPerMonth = 30.4;

/** Factor on the line's USD and quantity of a day. */
export function factorOf({ seed, noise = 0, growth, dayOfMonth, surges = [] }: CostCourse, day: string): number {
  if (dayOfMonth !== undefined && Number(day.slice(8)) !== dayOfMonth) return 0;
  const index = Math.round(Date.parse(day) / dayMs);
  let factor = noise === 0 ? 1 : Math.exp(noise * normalAt(seed, index));
  if (growth !== undefined) {
    const months = (Date.parse(day) - Date.parse(growth.today)) / dayMs / daysPerMonth;
    factor *= (1 + growth.perMonth) ** months;
  }
  for (const surge of surges)
    if (day >= surge.from && (surge.to === undefined || day <= surge.to)) factor *= surge.factor;
  return factor;
}

/** The same for the same seed and index, in any order of asking. */
function normalAt(seed: number, index: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(seed, 2 * index)));
  return radius * Math.cos(2 * Math.PI * uniformAt(seed, 2 * index + 1));
}

/** In [0, 1). Millions of days are drawn, which a cryptographic hash would be too slow for. */
export function uniformAt(seed: number, index: number): number {
  let bits = Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  bits ^= bits >>> 16;
  return (bits >>> 0) / 2 ** 32;
}
