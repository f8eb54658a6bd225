import { expect, test } from 'vitest';
import { keyOf, keysOf, startBench } from '../support/simulated.ts';

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

test.each(seeds)('seed %i: everything planted is found and nothing else', async (seed) => {
  const bench = await startBench({ seed });
  try {
    const { run, records } = await bench.audit();
    const { planted, nearMisses } = bench.generated.truth();
    const found = keysOf(records);
    expect(found).toEqual(planted.map(keyOf).sort());
    for (const miss of nearMisses) expect(found).not.toContain(keyOf(miss));
    expect(run.coverage.failedChecks).toEqual([]);
    // Buckets whose own policy denies the auditor are planted; nothing else may be refused.
    const refused = bench.simulator.journal.entries.filter(
      ({ errorCode, operation, service }) =>
        /denied|unauthorized/i.test(errorCode ?? '') && operation !== 'AssumeRole' && service !== 's3',
    );
    expect(refused).toEqual([]);
  } finally {
    await bench.close();
  }
});
