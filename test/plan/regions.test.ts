import { expect, test } from 'vitest';
import { planRegions, type RegionChoice } from '../../src/plan/regions.ts';

const choice = (overrides: Partial<RegionChoice> = {}): RegionChoice => ({
  enabled: ['us-east-1', 'eu-west-1', 'ap-south-1'],
  spend: new Set(['us-east-1', 'eu-west-1']),
  hasSpendData: true,
  isFullVisit: false,
  configured: 'auto',
  filter: [],
  ...overrides,
});

test.each<[string, Partial<RegionChoice>, string[]]>([
  ['enabled regions with spend', {}, ['eu-west-1', 'us-east-1']],
  ['all enabled ones on the weekly visit', { isFullVisit: true }, ['ap-south-1', 'eu-west-1', 'us-east-1']],
  [
    'all enabled ones without data of spend',
    { hasSpendData: false, spend: undefined },
    ['ap-south-1', 'eu-west-1', 'us-east-1'],
  ],
  ['none where the account has no spend', { spend: undefined }, []],
  ['no region that is not enabled, spend or not', { spend: new Set(['me-south-1', 'eu-west-1']) }, ['eu-west-1']],
  ['those with spend where the enabled ones are not known', { enabled: undefined }, ['eu-west-1', 'us-east-1']],
  ['none where nothing is known', { enabled: undefined, spend: undefined, hasSpendData: false }, []],
  ['the configured ones, spend or not', { configured: ['ap-south-1', 'us-east-1'] }, ['ap-south-1', 'us-east-1']],
  ['the configured ones that are enabled', { configured: ['ap-south-1', 'me-south-1'] }, ['ap-south-1']],
  [
    'the configured ones where the enabled are not known',
    { enabled: undefined, configured: ['me-south-1'] },
    ['me-south-1'],
  ],
  ['the one asked for, spend or not', { filter: ['ap-south-1'] }, ['ap-south-1']],
  [
    'of the configured ones the one asked for',
    { configured: ['eu-west-1', 'ap-south-1'], filter: ['ap-south-1'] },
    ['ap-south-1'],
  ],
  ['nothing when the one asked for is not configured', { configured: ['eu-west-1'], filter: ['ap-south-1'] }, []],
])('visited are %s', (_, overrides, expected) => {
  expect(planRegions(choice(overrides))).toEqual(expected);
});
