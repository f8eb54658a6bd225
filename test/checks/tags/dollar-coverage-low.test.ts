import check from '../../../checks/tags/dollar-coverage-low.ts';
import { tagCoverage } from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';

testCheck(check, {
  clean: [
    { name: 'covered to the target', resources: { 'cost.tag-coverage': [tagCoverage('team', '1', 90_000, 10_000)] } },
    { name: 'too little spend to care', resources: { 'cost.tag-coverage': [tagCoverage('team', '1', 0, 900)] } },
    {
      name: 'no spend at all',
      resources: { 'cost.tag-coverage': [tagCoverage('team', '1', 0, 0)] },
      options: { minScopeUsd: 0 },
    },
  ],
  findings: [
    {
      name: '$30k of $80k without team, over two accounts',
      resources: {
        'cost.tag-coverage': [
          tagCoverage('team', '111111111111', 20_000, 5_000),
          tagCoverage('team', '222222222222', 30_000, 25_000),
        ],
      },
      expect: [
        {
          resourceId: 'team',
          severity: 'medium',
          summary: /\$30,000 of \$80,000 in 30 days carry no team tag \(62\.5 % covered\)/,
          // Spend that nobody answers for is not a saving.
          savableUsage: undefined,
          evidence: {
            coverage: 0.625,
            untaggedUsd: 30_000,
            topAccounts: [
              { accountId: '222222222222', untaggedUsd: 25_000 },
              { accountId: '111111111111', untaggedUsd: 5_000 },
            ],
          },
        },
      ],
    },
    {
      name: 'one finding per key, graded by how much is missing',
      resources: {
        'cost.tag-coverage': [
          tagCoverage('team', '1', 85_000, 15_000),
          tagCoverage('service', '1', 10_000, 90_000),
          tagCoverage('environment', '1', 99_000, 1_000),
        ],
      },
      expect: [
        { resourceId: 'team', severity: 'low' },
        { resourceId: 'service', severity: 'high' },
      ],
    },
  ],
  unknown: [{ name: 'Cost Explorer denied', resources: {}, gaps: ['cost.tag-coverage'] }],
});
