import {
  ConfigServiceClient,
  DescribeConfigurationAggregatorsCommand,
  SelectAggregateResourceConfigCommand,
  type SelectAggregateResourceConfigRequest,
} from '@aws-sdk/client-config-service';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { awsError, collectKind, denial } from '../../support/collected.ts';

const config = mockClient(ConfigServiceClient);
beforeEach(() => config.reset());

const ofOrganization = {
  ConfigurationAggregatorName: 'organization',
  OrganizationAggregationSource: { RoleArn: 'arn:aws:iam::222222222222:role/config', AllAwsRegions: true },
};
const ofAccounts = {
  ConfigurationAggregatorName: 'some-accounts',
  AccountAggregationSources: [{ AccountIds: ['333333333333'], AllAwsRegions: true }],
};
const aggregators = (...ConfigurationAggregators: object[]) =>
  config.on(DescribeConfigurationAggregatorsCommand).resolves({ ConfigurationAggregators });

const instance = {
  resourceId: 'i-1',
  resourceType: 'AWS::EC2::Instance',
  accountId: '333333333333',
  awsRegion: 'eu-west-1',
  arn: 'arn:aws:ec2:eu-west-1:333333333333:instance/i-1',
  tags: [
    { key: 'team', value: 'shop', tag: 'team=shop' },
    { key: 'empty', tag: 'empty=' },
  ],
  resourceCreationTime: '2026-05-01T00:00:00.000Z',
};
const table = {
  resourceId: 'orders',
  resourceType: 'AWS::DynamoDB::Table',
  accountId: '444444444444',
  awsRegion: 'us-east-1',
};

test('two pages of the aggregator of the organization are one list', async () => {
  config
    .on(DescribeConfigurationAggregatorsCommand)
    .resolvesOnce({ ConfigurationAggregators: [ofAccounts], NextToken: 'more' })
    .resolvesOnce({ ConfigurationAggregators: [ofOrganization] });
  config
    .on(SelectAggregateResourceConfigCommand)
    .resolvesOnce({ Results: [JSON.stringify(instance)], NextToken: 'page-2' })
    .resolvesOnce({ Results: [JSON.stringify(table)] });
  const collected = await collectKind('config.resource');
  expect(collected.gaps).toEqual([]);
  expect(collected.of('config.resource')).toEqual([
    {
      id: instance.arn,
      arn: instance.arn,
      type: 'AWS::EC2::Instance',
      accountId: '333333333333',
      region: 'eu-west-1',
      tags: { team: 'shop', empty: '' },
      createdAt: '2026-05-01T00:00:00.000Z',
    },
    {
      id: 'orders',
      arn: 'orders',
      type: 'AWS::DynamoDB::Table',
      accountId: '444444444444',
      region: 'us-east-1',
      tags: {},
    },
  ]);
  const asked = config
    .commandCalls(SelectAggregateResourceConfigCommand)
    .map(({ args }): SelectAggregateResourceConfigRequest => args[0].input);
  expect(asked.map(({ ConfigurationAggregatorName, NextToken }) => [ConfigurationAggregatorName, NextToken])).toEqual([
    ['organization', undefined],
    ['organization', 'page-2'],
  ]);
});

test.each([
  ['no aggregator', []],
  ['an aggregator of single accounts only', [ofAccounts]],
])('with %s there is nothing to read, and nothing is missing', async (_, given) => {
  aggregators(...given);
  const collected = await collectKind('config.resource');
  expect(collected.of('config.resource')).toEqual([]);
  expect(collected.gaps).toEqual([]);
  expect(config.commandCalls(SelectAggregateResourceConfigCommand)).toHaveLength(0);
});

test('a refused query is a gap with the action that AWS names, and nothing is kept', async () => {
  aggregators(ofOrganization);
  config
    .on(SelectAggregateResourceConfigCommand)
    .resolvesOnce({ Results: [JSON.stringify(instance)], NextToken: 'page-2' })
    .rejectsOnce(denial('config:SelectAggregateResourceConfig', 'AccessDeniedException', 400));
  const collected = await collectKind('config.resource');
  expect(collected.records.has('config.resource')).toBe(false);
  expect(collected.gaps).toEqual([
    expect.objectContaining({ reason: 'denied', iamAction: 'config:SelectAggregateResourceConfig' }),
  ]);
});

test('with two actions in question and none named, none is named', async () => {
  config
    .on(DescribeConfigurationAggregatorsCommand)
    .rejects(awsError('AccessDeniedException', 'Not allowed here', 400));
  expect((await collectKind('config.resource')).gaps).toEqual([
    expect.objectContaining({ reason: 'denied', iamAction: undefined }),
  ]);
});

test.each([
  ['without results', {}],
  ['with a row that is no resource', { Results: ['{"resourceId":"i-1"}'] }],
  ['with a row that is no JSON', { Results: ['<html>'] }],
  ['with the same page token for ever', { Results: [], NextToken: 'same' }],
])('an answer %s is no list', async (_, answer) => {
  aggregators(ofOrganization);
  config.on(SelectAggregateResourceConfigCommand).resolves(answer);
  const collected = await collectKind('config.resource');
  expect(collected.records.has('config.resource')).toBe(false);
  expect(collected.gaps).toEqual([expect.objectContaining({ reason: 'unexpected' })]);
});
