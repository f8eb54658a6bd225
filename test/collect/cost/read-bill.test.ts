import { CostExplorerClient, GetCostAndUsageCommand } from '@aws-sdk/client-cost-explorer';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, expect, test } from 'vitest';
import { openLedger } from '../../../src/collect/cost/ledger.ts';
import { readRange } from '../../../src/collect/cost/read-bill.ts';
import { bytesInMemory } from '../../../src/model/bill.ts';
import { fakeSession, now } from '../../support/collected.ts';

const explorer = mockClient(CostExplorerClient);
afterEach(() => explorer.reset());

async function readEmpty(allowNothing: boolean) {
  explorer.on(GetCostAndUsageCommand).resolves({
    ResultsByTime: [{ TimePeriod: { Start: '2026-01-01', End: '2026-01-02' }, Total: {}, Groups: [] }],
  });
  const kept = bytesInMemory();
  const ledger = await openLedger(kept);
  const access = { session: fakeSession(), billing: { maxUsd: 1 } };
  const reading = { ledger, access, kept, now, size: undefined, mostPages: 9 };
  const range = { from: '2026-01-01', until: '2026-01-03' };
  await readRange(range, { ...reading, detail: 'usageType' }, allowNothing);
  return { days: [...ledger.days().keys()], requests: explorer.commandCalls(GetCostAndUsageCommand).length };
}

test('days before an organization had a bill take one question and are not asked again', async () => {
  expect(await readEmpty(true)).toEqual({ days: ['2026-01-01', '2026-01-02'], requests: 1 });
});

test('days of which there must be a bill are refused when there is none', async () => {
  await expect(readEmpty(false)).rejects.toThrow('Cost Explorer has no cost from 2026-01-01 to 2026-01-02');
});
