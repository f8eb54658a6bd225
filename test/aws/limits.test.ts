import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { limitOf, loadLimits } from '../../src/aws/limits.ts';

/** Operations that sources send, with the package of their client: from the commands and paginators they import. */
function operationsIn(folder: string): { package: string; operation: string }[] {
  const found = new Map<string, { package: string; operation: string }>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, names = '', name = ''] of text.matchAll(/import \{([^}]+)\} from '(@aws-sdk\/client-[a-z0-9-]+)'/g)) {
      for (const [, command, list] of names.matchAll(/\b(?:([A-Z]\w+)Command|paginate(\w+))\b/g)) {
        const operation = command ?? list;
        if (operation !== undefined) found.set(`${name} ${operation}`, { package: name, operation });
      }
    }
  }
  return [...found.values()];
}

async function serviceOf(name: string): Promise<string> {
  const module = (await import(name)) as Record<string, new (config: object) => { config: { serviceId: string } }>;
  const client = Object.keys(module).find((key) => key.endsWith('Client') && !key.startsWith('__'));
  return new module[client!]!({ region: 'us-east-1' }).config.serviceId.toLowerCase();
}

test('the shipped rows are whole, and the last one is for everything', () => {
  const limits = loadLimits();
  expect(limits.at(-1)).toMatchObject({ service: '*', actions: ['*'] });
  for (const row of limits) if (row.provenance !== 'guess') expect(row.source).not.toBe('');
});

test('every operation of the product has a row of its own service', async () => {
  const limits = loadLimits();
  const operations = ['src/collect', 'src/plan', 'src/aws'].flatMap(operationsIn);
  expect(operations.length).toBeGreaterThan(25);
  const onDefault: string[] = [];
  for (const { package: name, operation } of operations) {
    const service = await serviceOf(name);
    const { service: row } = limitOf(limits, service, operation);
    if (row !== service) onDefault.push(`${service} ${operation}`);
  }
  expect(onDefault).toEqual([]);
});

test('a service without a row has the floor of all', () => {
  expect(limitOf(loadLimits(), 'rds', 'DescribeDBInstances')).toMatchObject({ service: '*', refillPerSecond: 5 });
  expect(() => limitOf([], 'rds', 'DescribeDBInstances')).toThrow('no limit for rds DescribeDBInstances');
});
