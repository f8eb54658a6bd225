import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/moto/**/*.test.ts'],
    globalSetup: 'test/moto/server.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
