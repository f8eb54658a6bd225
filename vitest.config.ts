import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/faults/**', 'test/moto/**'],
    testTimeout: 20_000,
    // Audits wait for the limits of the simulated AWS: more of them than cores.
    maxWorkers: '150%',
  },
});
