import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: 'test/faults/tally.ts',
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Much of their time scenarios wait: for time limits, for rate limits, for processes.
    maxWorkers: availableParallelism() + 1,
  },
});
