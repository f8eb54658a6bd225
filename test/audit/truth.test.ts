/** `audit --format json` from the command line: what is planted in a dozen organizations is found, and nothing else. */
import { expect, test } from 'vitest';
import { memberPolicy, workerPolicy } from '../../src/commands/policy.ts';
import { loadRegistry } from '../../src/commands/registry.ts';
import { generateWorld } from '../../src/simulator/generate.ts';
import { environment, startSimulator } from '../../src/simulator/server.ts';
import { workplace } from '../commands/child.ts';
import { keyOf } from '../support/simulated.ts';

// More of them: COSTWARDEN_TRUTH_SEEDS=50 npx vitest run test/audit/truth.test.ts
const seeds = Array.from({ length: Number(process.env['COSTWARDEN_TRUTH_SEEDS'] ?? 12) }, (_, index) => index + 1);
const { checks } = await loadRegistry([]);

// Most of a run's time it waits for its own rate limits: several go side by side.
test.concurrent.each(seeds)(
  'seed %i',
  async (seed) => {
    const now = new Date().toISOString();
    const generated = generateWorld({ seed, accounts: 10, now, externalId: 'truth' });
    const simulator = await startSimulator({
      world: generated.world,
      policies: { hub: workerPolicy(checks), member: memberPolicy(checks) },
    });
    const place = workplace();
    try {
      const config = place.write('c.yaml', 'organization: { externalId: truth }\nlimits: { share: 1 }\n');
      const { code, stdout } = await place.run(
        ['audit', '--config', config, '--format', 'json'],
        environment(simulator),
      );
      const { coverage, findings } = JSON.parse(stdout);
      const { planted, nearMisses } = generated.truth();
      const found = findings.map(keyOf).sort();
      expect(found).toEqual(planted.map(keyOf).sort());
      for (const miss of nearMisses) expect(found).not.toContain(keyOf(miss));
      expect(coverage.failedChecks).toEqual([]);
      // One account's role is missing by design.
      expect(code).toBe(3);
      // Buckets whose own policy denies the auditor are planted; nothing else may be refused.
      const refused = simulator.journal.entries.filter(
        ({ errorCode, operation, service }) =>
          /denied|unauthorized/i.test(errorCode ?? '') && operation !== 'AssumeRole' && service !== 's3',
      );
      expect(refused).toEqual([]);
    } finally {
      place.clean();
      await simulator.close();
    }
  },
  60_000,
);
