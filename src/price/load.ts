/** Reads the shipped price book, `config/prices/*.json`. */
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Price } from '../model/price.ts';

const directory = new URL('../../config/prices/', import.meta.url);

const priceSchema = z.strictObject({
  sku: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/),
  unit: z.enum(['GB', 'GB-month', 'hour', '1000 requests']),
  usdByRegion: z.record(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/), z.number().nonnegative()),
  source: z.string().min(10),
  asOf: z.iso.date(),
});

/** @throws ZodError when a file is damaged, which is a broken installation */
export function loadPrices(): Price[] {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .sort();
  return files.flatMap((file) =>
    z.array(priceSchema).parse(JSON.parse(readFileSync(new URL(file, directory), 'utf8'))),
  );
}
