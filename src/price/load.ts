/** Reads the shipped price book, `config/prices/*.json`, and how its skus show in the bill, `config/sku-usage.json`. */
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Price, SkuUsage } from '../model/price.ts';

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

const usageFile = new URL('../../config/sku-usage.json', import.meta.url);

const usageSchema = z.strictObject({
  sku: z.string(),
  services: z.array(z.string()).min(1),
  families: z.array(z.string()).min(1),
  billedUnit: z.string(),
  billedPerPriced: z.number().positive(),
});

/** @throws ZodError when the file is damaged, which is a broken installation */
export function loadSkuUsage(): SkuUsage[] {
  return z.array(usageSchema).parse(JSON.parse(readFileSync(usageFile, 'utf8')));
}
