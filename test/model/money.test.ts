import { expect, test } from 'vitest';
import { formatArithmetic, formatLine, formatUsd } from '../../src/model/money.ts';

const line = (quantity: number, unitPriceUsd: number) =>
  ({
    sku: 'nat-gateway.data-processed',
    quantity,
    unit: 'GB',
    unitPriceUsd,
    subtotalUsd: quantity * unitPriceUsd,
    priceSource: 'shipped',
    asOf: '2026-09-10',
  }) as const;

test.each([
  [1200, 0.045, '1,200 GB x $0.045 = $54.00'],
  [18.25, 0.048, '18.3 GB x $0.048 = $0.88'],
  [444.4444, 0.045, '444.4 GB x $0.045 = $20.00'],
  [-12_288, 0.0125, '-12,288 GB x $0.0125 = -$153.60'],
  [0.004, 0.045, '0 GB x $0.045 = $0.00'],
])('%s at %s: the multiplication comes out as it is shown', (quantity, price, text) => {
  expect(formatLine(line(quantity, price))).toBe(text);
});

test('cents are left out from a thousand dollars on', () => {
  expect([formatUsd(999.995), formatUsd(1234.5), formatUsd(-3)]).toEqual(['$1,000.00', '$1,235', '-$3.00']);
});

test('the whole arithmetic names range, one-off cost and the days of its prices', () => {
  const lines = [line(100, 0.045), { ...line(-10, 0.0125), asOf: '2026-08-21' }];
  const saving = { monthlyUsd: 4.375, lowUsd: 1, highUsd: 9, confidence: 'estimated', oneOffUsd: 10, lines } as const;
  expect(formatArithmetic(saving)).toBe(
    '100 GB x $0.045 = $4.50; -10 GB x $0.0125 = -$0.13; estimated $1.00 to $9.00; once $10.00 for the change; shipped list price of 2026-08-21 and 2026-09-10',
  );
});
