import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/faults/**', 'test/moto/**'],
    testTimeout: 20_000,
    // The default leaves a core free, which on two cores is half of them.
    maxWorkers: '100%',
  },
});
