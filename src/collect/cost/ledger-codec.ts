/**
 * Series of one account as bytes: a line of JSON that names them, their dollars, their quantities; all compressed.
 * Dollars are kept in whole millionths, quantities with seven digits. The bytes of all figures stand in order of their
 * weight: the heavy ones hardly change from day to day, and the light ones of whole numbers are zero.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { StateError } from '../../errors.ts';
import type { CostDimensions } from '../../model/bill.ts';
import type { LedgerAccount } from './ledger-series.ts';

const usdScale = 1e6;
/** Higher levels take several times as long and save less than a tenth. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

type Header = {
  readonly delivered: { readonly from: string; readonly bits: string };
  readonly series: readonly (readonly [...key: [string, string, string, string], from: string, days: number])[];
};

export function encodeAccount({ series, delivered }: LedgerAccount): Uint8Array {
  const header: Header = {
    delivered: { from: delivered.from, bits: delivered.bits.join('') },
    series: series.map(({ service, region, usageType, recordType, from, usd }) => [
      service,
      region,
      usageType,
      recordType,
      from,
      usd.length,
    ]),
  };
  let cells = 0;
  for (const { usd } of series) cells += usd.length;
  const usd = new Float64Array(cells);
  const quantity = new Float32Array(cells);
  let at = 0;
  for (const one of series) {
    for (let index = 0; index < one.usd.length; index += 1) {
      usd[at] = Math.round((one.usd[index] ?? Number.NaN) * usdScale);
      quantity[at] = one.quantity[index] ?? Number.NaN;
      at += 1;
    }
  }
  const head = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  return zstdCompressSync(Buffer.concat([size, head, byWeight(usd), byWeight(quantity)]), compression);
}

/** @throws StateError when the bytes are not what was written */
export function decodeAccount(bytes: Uint8Array, accountId: string): LedgerAccount {
  try {
    return decode(bytes, accountId);
  } catch (error) {
    throw new StateError(
      `the ledger of account ${accountId} is damaged; restore a backup of the state, or begin a new one and run costwarden backfill`,
      { cause: error },
    );
  }
}

function decode(bytes: Uint8Array, accountId: string): LedgerAccount {
  const all = zstdDecompressSync(bytes);
  const headEnd = 4 + all.readUInt32LE(0);
  const { series, delivered } = JSON.parse(all.toString('utf8', 4, headEnd)) as Header;
  let cells = 0;
  for (const [, , , , , days] of series) cells += days;
  const usd = new Float64Array(cells);
  const quantity = new Float32Array(cells);
  const quantityAt = headEnd + usd.byteLength;
  if (all.length !== quantityAt + quantity.byteLength) throw new Error(`${all.length} bytes for ${cells} cells`);
  readByWeight(all.subarray(headEnd, quantityAt), usd);
  readByWeight(all.subarray(quantityAt), quantity);
  for (let index = 0; index < cells; index += 1) usd[index] = (usd[index] ?? Number.NaN) / usdScale;
  const quantities = Float64Array.from(quantity);
  let at = 0;
  const decoded = series.map(([service, region, usageType, recordType, from, days]) => {
    const [start, end] = [at, at + days];
    at = end;
    const dimensions = { accountId, service, region, usageType, recordType } as CostDimensions;
    return { ...dimensions, from, usd: usd.slice(start, end), quantity: quantities.slice(start, end) };
  });
  return { series: decoded, delivered: { from: delivered.from, bits: Uint8Array.from(delivered.bits, Number) } };
}

/** First the lightest byte of every figure, then the next. */
function byWeight(values: Float64Array | Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const sorted = new Uint8Array(bytes.length);
  const width = values.BYTES_PER_ELEMENT;
  for (let weight = 0; weight < width; weight += 1) {
    let to = weight * values.length;
    for (let from = weight; from < bytes.length; from += width) {
      sorted[to] = bytes[from] as number;
      to += 1;
    }
  }
  return sorted;
}

function readByWeight(sorted: Uint8Array, into: Float64Array | Float32Array): void {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  const width = into.BYTES_PER_ELEMENT;
  for (let weight = 0; weight < width; weight += 1) {
    let from = weight * into.length;
    for (let to = weight; to < bytes.length; to += width) {
      bytes[to] = sorted[from] as number;
      from += 1;
    }
  }
}
