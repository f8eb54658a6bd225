/** What the documents say is true: settings, commands, links and the check that the README shows. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { loadRegistry } from '../../src/commands/registry.ts';
import { defaultConfig, readConfig } from '../../src/read-config.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = [
  'README.md',
  'CHANGELOG.md',
  'deploy/README.md',
  'docs/architecture.md',
  'docs/operating.md',
  'docs/plug-ins.md',
];

test('the example config is valid and shows the defaults', () => {
  const { config } = readConfig(join(root, 'config/costwarden.example.yaml'));
  for (const section of ['regions', 'schedule', 'tags', 'limits', 'state'] as const)
    expect(config[section], section).toEqual(defaultConfig[section]);
  expect(config.owners).toMatchObject({ tag: defaultConfig.owners.tag, default: defaultConfig.owners.default });
  expect(Object.keys(config)).toEqual(expect.arrayContaining(Object.keys(defaultConfig)));
});

describe.each(documents)('%s', (file) => {
  const text = read(file);

  test('links lead somewhere', () => {
    const targets = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '');
    const local = targets.filter((target) => !/^https?:/.test(target));
    const missing = local.filter((target) => !existsSync(join(root, file, '..', target)));
    expect(missing).toEqual([]);
  });

  test('npm scripts it names exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, script]) => script ?? '');
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});

describe('checks shown in documents', () => {
  const directory = mkdtempSync(join(root, '.docs-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each(['README.md', 'docs/plug-ins.md'])('the one in %s loads as a plug-in', async (file) => {
    const [, code = ''] = /```ts\n(import \{ defineCheck[\s\S]*?)```/.exec(read(file)) ?? [];
    const plugin = join(directory, `${file.replace(/\W/g, '-')}.ts`);
    writeFileSync(plugin, code);
    const { checks, failedPlugins } = await loadRegistry([plugin]);
    expect(failedPlugins).toEqual([]);
    expect(checks.some(({ id }) => code.includes(`id: '${id}'`))).toBe(true);
  });
});
