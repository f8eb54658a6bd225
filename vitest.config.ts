import { defineConfig } from 'vitest/config';

/** SDK clients and clocks are replaced in these: a process that ran one is of no use to others. The rest share theirs. */
const mocked = ['test/collect/**', 'test/investigate/**', 'test/aws/**'];
const elsewhere = ['test/faults/**', 'test/moto/**'];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    // Audits wait for the limits of the simulated AWS: more of them than cores.
    maxWorkers: '150%',
    projects: [
      {
        extends: true,
        test: { name: 'mocked', include: mocked.map((folder) => `${folder}/*.test.ts`), isolate: true },
      },
      {
        extends: true,
        test: { name: 'real', include: ['test/**/*.test.ts'], exclude: [...mocked, ...elsewhere], isolate: false },
      },
    ],
  },
});
