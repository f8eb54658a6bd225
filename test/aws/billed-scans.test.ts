import { expect, test } from 'vitest';
import { billedScan } from '../../src/aws/billed-scans.ts';
import { createMeter } from '../../src/aws/meter.ts';

const execution = (State: string, DataScannedInBytes?: number, ReusedPreviousResult = false) => ({
  QueryExecution: {
    QueryExecutionId: 'q-1',
    Status: { State },
    Statistics: { DataScannedInBytes, ResultReuseInformation: { ReusedPreviousResult } },
  },
});
const tenMb = (10 * 2 ** 20 * 5) / 2 ** 40;

test.each([
  ['waits', execution('QUEUED'), 0],
  ['runs', execution('RUNNING', 2 ** 40), 5],
  ['has read almost nothing', execution('SUCCEEDED', 12), tenMb],
  ['has read a tenth of a terabyte', execution('SUCCEEDED', 2 ** 40 / 10), 0.5],
  ['was cancelled half-way', execution('CANCELLED', 2 ** 39), 2.5],
  ['failed', execution('FAILED', 2 ** 39), 0],
  ['was answered before', execution('SUCCEEDED', 0, true), 0],
])('a query that %s costs what AWS bills', (_, output, usd) => {
  expect(billedScan(output)?.usd).toBeCloseTo(usd, 12);
});

test('other answers cost nothing of the kind', () => {
  expect(billedScan({ QueryExecutionId: 'q-1' })).toBeUndefined();
});

test('a query is counted once, however often it is looked at', () => {
  const meter = createMeter();
  const call = { accountId: '111111111111', service: 'athena', operation: 'GetQueryExecution', metrics: 0 };
  for (const usd of [0, 0.01, 0.02, 0.02]) {
    meter.attempt(call).succeeded();
    meter.scanned('111111111111', { queryId: 'q-1', usd });
  }
  expect(meter.snapshot().usd).toBeCloseTo(0.02, 12);
  expect(meter.ofAccount('111111111111').usd).toBeCloseTo(0.02, 12);
  meter.scanned('111111111111', { queryId: 'q-1', usd: 0 });
  expect(meter.snapshot().usd).toBeCloseTo(0, 12);
});

test('a query is not started when the least it costs is above the limit', () => {
  const meter = createMeter(tenMb / 2);
  const call = { accountId: '111111111111', service: 'athena', operation: 'StartQueryExecution', metrics: 0 };
  expect(() => meter.attempt(call)).toThrow(/limits\.maxSelfCostUsd/);
  createMeter(tenMb).attempt(call).succeeded();
});
