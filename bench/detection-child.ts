/** The process behind `measureDay`: one day of detection over many accounts, and what it took. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AccountSeries, detectAnomalies } from '../src/anomaly/anomaly.ts';
import type { CostSeries, KeptBytes } from '../src/model/bill.ts';
import type { DayFigures, DayRequest } from './detection-day.ts';

async function measure({ asOf, accounts, directory, lived }: DayRequest): Promise<DayFigures> {
  let series = 0;
  let stateBytes = 0;
  // Written figures carry NaN as null.
  type Written = Omit<CostSeries, 'usd'> & { readonly usd: readonly (number | null)[] };
  const figures = Array.from({ length: lived }, (_, index) => {
    const written = JSON.parse(readFileSync(join(directory, `${index}.json`), 'utf8')) as Written[];
    return written.map((one) => ({ ...one, usd: Float64Array.from(one.usd, (usd) => usd ?? Number.NaN) }));
  });
  const idOf = (index: number): string => String(200_000_000_000 + index);
  function* delivered(): Iterable<AccountSeries> {
    for (let index = 0; index < accounts; index += 1) {
      const accountId = idOf(index);
      const own = (figures[index % lived] ?? []).map((one) => ({ ...one, accountId, usd: one.usd.slice() }));
      series += own.length;
      yield { accountId, series: own };
    }
  }
  const pasts = new Map(Array.from({ length: accounts }, (_, index) => [`account-${idOf(index)}`, index % lived]));
  const kept: KeptBytes = {
    read: async (key) => {
      const past = pasts.get(key);
      return past === undefined ? undefined : readFileSync(join(directory, `${past}.state`));
    },
    write: async (_, bytes) => {
      stateBytes += bytes.byteLength;
    },
  };
  const before = process.cpuUsage();
  await detectAnomalies({ asOf, accounts: delivered(), kept });
  const { user, system } = process.cpuUsage(before);
  return { series, cpuMs: (user + system) / 1000, peakRssMb: process.resourceUsage().maxRSS / 1024, stateBytes };
}

process.on('message', (request: DayRequest) => {
  measure(request).then(
    (figures) => process.send?.(figures),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
