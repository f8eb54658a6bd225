import { describe, expect, test } from 'vitest';
import { ConfigError } from '../src/errors.ts';
import { defaultConfig, loadConfig, parseConfig } from '../src/read-config.ts';

function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(text, 'costwarden.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('config', () => {
  test('an empty file is all defaults', () => {
    expect(parseConfig('', 'costwarden.yaml').config).toEqual(defaultConfig);
    expect(defaultConfig.organization).toBeUndefined();
    expect(defaultConfig.limits).toEqual({ share: 0.5, maxSelfCostUsd: 0.5, concurrency: 64 });
  });

  test('problems come in the order of the file', () => {
    const text = 'limits: { share: 2 }\nnope: 1\nschedule: { cron: "61 * * * *" }\n';
    expect(problemsOf(text).map((problem) => problem.split(':')[1])).toEqual(['1', '2', '3']);
  });

  test('an organization without settings has the default role and leaves suspended accounts out', () => {
    const { organization } = parseConfig('organization: {}', 'costwarden.yaml').config;
    expect(organization?.role).toBe('costwarden-audit');
    expect(organization?.exclude.states).toEqual(['SUSPENDED']);
  });

  test.each([
    [
      'an unknown key',
      'organization: { rol: x }',
      ['costwarden.yaml:1:17 organization.rol: unknown key; see config/costwarden.schema.json'],
    ],
    [
      'a bad cron expression',
      'schedule:\n  cron: "61 * * * *"',
      ['costwarden.yaml:2:3 schedule.cron: not a cron expression: five fields (minute hour day month weekday)'],
    ],
    [
      'an exemption without an end',
      'exemptions:\n  - check: x-y\n    by: me\n    reason: because',
      ['costwarden.yaml:2:5 exemptions.0.until: a day is written YYYY-MM-DD'],
    ],
    [
      'a bad time zone',
      'schedule: { timezone: Mars/Base }',
      ['costwarden.yaml:1:13 schedule.timezone: not an IANA time zone such as Europe/Berlin'],
    ],
    [
      'a region that is a number',
      'regions: [us-east-1, 5]',
      ['costwarden.yaml:1:22 regions.1: Invalid input: expected string, received number'],
    ],
    [
      'a misspelt key in one of two forms',
      'state: { dynamodb: { tabel: x } }',
      [
        'costwarden.yaml:1:20 state.dynamodb.table: Invalid input: expected string, received undefined',
        'costwarden.yaml:1:22 state.dynamodb.tabel: unknown key; see config/costwarden.schema.json',
      ],
    ],
    ['a duplicate key', 'owners:\n  default: "#a"\n  default: "#b"', ['costwarden.yaml:3:3 Map keys must be unique']],
  ])('%s is named with its place', (_, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test('broken YAML is named with its place', () => {
    expect(problemsOf('regions: [')[0]).toMatch(/^costwarden\.yaml:1:\d+ /);
  });

  test('all problems are told at once', () => {
    expect(problemsOf('limits: { share: 2, concurrency: 0 }')).toHaveLength(2);
  });

  test('numbers as account ids are accepted as keys, because YAML reads them so', () => {
    const { owners } = parseConfig('owners: { accounts: { 111111111111: "#x" } }', 'costwarden.yaml').config;
    expect(owners.accounts).toEqual({ '111111111111': '#x' });
  });
});

describe('where the config comes from', () => {
  const env = { COSTWARDEN_CONFIG_YAML: 'regions: [eu-west-1]' };

  test('the text in the environment, for containers without a file', () => {
    const { config, source } = loadConfig({}, env);
    expect(config.regions).toEqual(['eu-west-1']);
    expect(source.position(['regions'])).toBe('COSTWARDEN_CONFIG_YAML:1:1');
  });

  test('mistakes in the text are named with their place', () => {
    const broken = { COSTWARDEN_CONFIG_YAML: 'limits:\n  shares: 1\n' };
    expect(() => loadConfig({}, broken)).toThrow(
      'COSTWARDEN_CONFIG_YAML:2:3 limits.shares: unknown key; see config/costwarden.schema.json',
    );
  });

  test('a file wins over the text, and neither is all defaults', () => {
    expect(() => loadConfig({ config: 'absent.yaml' }, env)).toThrow('absent.yaml: cannot be read: no such file');
    expect(loadConfig({}, {}).config).toEqual(defaultConfig);
    expect(loadConfig({}, { COSTWARDEN_CONFIG_YAML: ' \n' }).config).toEqual(defaultConfig);
  });
});
