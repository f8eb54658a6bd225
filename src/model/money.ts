/** How dollars and their arithmetic are written, everywhere they are shown. */
import type { Saving, SavingLine } from './finding.ts';

/** `$1,234.50`; whole dollars from $1,000 on, where cents only add noise. */
export function formatUsd(usd: number): string {
  const digits = Math.abs(usd) >= 1000 ? 0 : 2;
  return usd.toLocaleString('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** `1,200 GB x $0.045 = $54.00`; as many decimals as it takes for the multiplication to come out. */
export function formatLine({ quantity, unit, unitPriceUsd, subtotalUsd }: SavingLine): string {
  const subtotal = formatUsd(subtotalUsd);
  const digits = [0, 1, 2, 3].find((count) => formatUsd(Number(quantity.toFixed(count)) * unitPriceUsd) === subtotal);
  const shown = quantity.toLocaleString('en-US', { maximumFractionDigits: digits ?? 4 });
  return `${shown} ${unit} x $${unitPriceUsd} = ${subtotal}`;
}

/** The whole arithmetic in one line, e.g.
 *  `1,200 GB x $0.045 = $54.00; estimated $21.60 to $129.60; shipped price of 2026-09-10`. */
export function formatArithmetic(saving: Saving): string {
  const parts = saving.lines.map(formatLine);
  if (saving.lowUsd !== saving.highUsd)
    parts.push(`estimated ${formatUsd(saving.lowUsd)} to ${formatUsd(saving.highUsd)}`);
  if (saving.oneOffUsd !== 0) parts.push(`once ${formatUsd(saving.oneOffUsd)} for the change`);
  const days = Map.groupBy(saving.lines, (line) => line.priceSource);
  for (const [source, lines] of days) {
    const read = [...new Set(lines.map(({ asOf }) => asOf))].sort();
    parts.push(`${sourceNames[source]} of ${read.join(' and ')}`);
  }
  return parts.join('; ');
}

const sourceNames = {
  'own-rate': 'own billed rate',
  list: 'list price',
  shipped: 'shipped list price',
  'aws-estimate': "AWS's own estimate",
} as const satisfies Record<SavingLine['priceSource'], string>;
