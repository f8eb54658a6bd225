import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { eventsFor, trailRegion } from '../../src/investigate/change-events.ts';
import { findChanges, type Suspicious } from '../../src/investigate/changes.ts';
import { createRequestBudget } from '../../src/investigate/request-budget.ts';
import { awsError, denial, fakeSession } from '../support/collected.ts';

const accountId = '222222222222';
const now = '2026-11-24T06:00:00.000Z';
const nat = { service: 'EC2 - Other', usageType: 'EU-NatGateway-Bytes' };
const incident: Suspicious = { accountId, region: 'eu-west-1', onset: '2026-11-21', series: [nat] };

type Who = { type: string; arn?: string; userName?: string; invokedBy?: string; accessKeyId?: string };
const pipeline: Who = {
  type: 'AssumedRole',
  arn: `arn:aws:sts::${accountId}:assumed-role/deploy/GitHubActions`,
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
};
const alice: Who = { type: 'IAMUser', arn: `arn:aws:iam::${accountId}:user/alice`, userName: 'alice' };
const service: Who = { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' };

/** An event as LookupEvents gives it. */
function trailEvent(name: string, at: string, who: Who, more: Partial<Event> & { detail?: object } = {}): Event {
  const { detail, ...rest } = more;
  return {
    EventId: '5f0c1a6e-7c57-4a3f-9a53-1f2f5b1c0d01',
    EventName: name,
    EventSource: 'ec2.amazonaws.com',
    EventTime: new Date(at),
    ReadOnly: 'false',
    AccessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    Username: who.userName ?? who.arn?.split('/').at(-1),
    Resources: [
      { ResourceType: 'AWS::IAM::AccessKey', ResourceName: 'ASIAIOSFODNN7EXAMPLE' },
      { ResourceType: 'AWS::EC2::VPCEndpoint', ResourceName: 'vpce-0a91f6c2d7b3e8450' },
    ],
    CloudTrailEvent: JSON.stringify({
      eventVersion: '1.11',
      userIdentity: who,
      sourceIPAddress: '203.0.113.40',
      userAgent: 'aws-cli/2.31.0',
      requestParameters: { natGatewayId: 'nat-0feed', userData: 'c2VjcmV0', destinationCidrBlock: '0.0.0.0/0' },
      ...detail,
    }),
    ...rest,
  };
}

/** CloudTrail that knows these events, in pages. */
function trail(pages: Readonly<Record<string, readonly Event[][]>>) {
  const mock = mockClient(CloudTrailClient);
  mock.on(LookupEventsCommand).callsFake(async ({ LookupAttributes, NextToken }) => {
    const mine = pages[LookupAttributes[0].AttributeValue] ?? [[]];
    const index = NextToken === undefined ? 0 : Number(NextToken);
    return { Events: mine[index] ?? [], ...(index + 1 < mine.length ? { NextToken: String(index + 1) } : {}) };
  });
  return mock;
}

function search(of: Partial<Suspicious> = {}, requests = 60, values?: Map<string, Promise<unknown>>) {
  const budget = createRequestBudget(requests);
  const session = fakeSession({ accountId, ...(values === undefined ? {} : { values }) });
  return findChanges(session, { ...incident, ...of }, { budget, now }).then((found) => ({ found, left: budget.left }));
}

describe('what is asked', () => {
  test('one name a call, at most eight names, over the day before and the first unusual day', async () => {
    const mock = trail({});
    const series = [nat, { service: 'AmazonEC2', usageType: 'EU-BoxUsage:m7g.large' }];
    const { found, left } = await search({ series });
    const inputs = mock.commandCalls(LookupEventsCommand).map(({ args }) => args[0].input);
    expect(inputs).toHaveLength(8);
    expect(left).toBe(52);
    expect(new Set(inputs.map(({ LookupAttributes = [] }) => LookupAttributes[0]?.AttributeValue)).size).toBe(8);
    for (const input of inputs)
      expect(input).toMatchObject({
        LookupAttributes: [{ AttributeKey: 'EventName' }],
        StartTime: new Date('2026-11-20T00:00:00Z'),
        EndTime: new Date('2026-11-21T23:59:59Z'),
        MaxResults: 50,
      });
    expect(found).toMatchObject({ status: 'asked', changes: [], unasked: [] });
    expect(found.note).toBe(
      'no management event of the 8 kinds that do this was found in CloudTrail of 222222222222 in eu-west-1 from 2026-11-20 to 2026-11-21',
    );
  });

  test.each([
    [{ service: 'Amazon Simple Storage Service', usageType: 'TimedStorage-ByteHrs' }, 'DeleteBucketLifecycle'],
    [{ service: 'AmazonCloudWatch', usageType: 'DataProcessing-Bytes' }, 'CreateFlowLogs'],
    [{ service: 'AWS Lambda', usageType: 'Request' }, 'UpdateFunctionCode20150331v2'],
    [{ service: 'AmazonECS', usageType: 'Fargate-vCPU-Hours:perCPU' }, 'UpdateService'],
    [{ service: 'AmazonECS', usageType: 'SpotUsage-Fargate-GB-Hours' }, 'UpdateService'],
    [{ service: 'Amazon DynamoDB', usageType: 'WriteRequestUnits' }, 'UpdateTable'],
    [{ service: 'Amazon Relational Database Service', usageType: 'InstanceUsage:db.r6g.large' }, 'CreateDBInstance'],
    [{ service: 'EC2 - Other', usageType: 'EBS:VolumeUsage.gp3' }, 'CreateVolume'],
    [{ service: 'AWS Data Transfer', usageType: 'USE1-EU-AWS-Out-Bytes' }, 'PutBucketReplication'],
  ])('%o is moved by %s first', (series, first) => {
    expect(eventsFor([series])[0]?.name).toBe(first);
  });

  test('events of services without regions are in the trail of us-east-1', async () => {
    const mock = trail({});
    await search({
      series: [{ service: 'Amazon CloudFront', usageType: 'EU-DataTransfer-Out-Bytes' }],
      region: 'global',
    });
    const regions = await Promise.all(
      mock.commandCalls(LookupEventsCommand).map(({ thisValue }) => (thisValue as CloudTrailClient).config.region()),
    );
    expect(new Set(regions)).toEqual(new Set(['us-east-1']));
    const [createRole] = eventsFor([{ service: 'AmazonCloudWatch', usageType: 'EU-CW:GMD-Metrics' }]);
    expect(trailRegion(createRole!, 'eu-west-1')).toBe('us-east-1');
    expect(trailRegion(eventsFor([nat])[0]!, 'eu-west-1')).toBe('eu-west-1');
  });

  test('incidents of one account and day share what was found', async () => {
    const mock = trail({});
    const values = new Map<string, Promise<unknown>>();
    await search({}, 60, values);
    const { left } = await search({}, 60, values);
    expect(left).toBe(60);
    expect(mock.commandCalls(LookupEventsCommand)).toHaveLength(eventsFor([nat]).length);
  });

  test('a second page is read, a sixth is not', async () => {
    const event = trailEvent('CreateRoute', '2026-11-21T03:00:00Z', alice);
    trail({ CreateRoute: [[], [event]], DeleteVpcEndpoints: Array(9).fill([]) });
    const { found } = await search();
    expect(found).toMatchObject({ status: 'asked', unasked: ['DeleteVpcEndpoints'] });
    expect(found.status === 'asked' && found.changes.map(({ eventName }) => eventName)).toEqual(['CreateRoute']);
  });
});

describe('what comes first', () => {
  test('a direct call of a pipeline near the onset before an indirect one of long before', async () => {
    trail({
      DeleteVpcEndpoints: [[trailEvent('DeleteVpcEndpoints', '2026-11-20T14:05:00Z', pipeline)]],
      ReplaceRouteTableAssociation: [[trailEvent('ReplaceRouteTableAssociation', '2026-11-20T02:00:00Z', alice)]],
      CreateNatGateway: [[trailEvent('CreateNatGateway', '2026-11-21T03:00:00Z', service)]],
    });
    const { found } = await search();
    if (found.status !== 'asked') throw new Error('not asked');
    expect(found.note).toMatch(/correlated, not proven$/);
    expect(found.changes).toEqual([
      {
        at: '2026-11-20T14:05:00.000Z',
        eventName: 'DeleteVpcEndpoints',
        eventSource: 'ec2.amazonaws.com',
        actor: 'deploy/GitHubActions',
        resources: ['vpce-0a91f6c2d7b3e8450', 'nat-0feed'],
        times: 1,
        confidence: 'medium',
        why: 'the call removes an endpoint, so that its traffic takes another way, 10 hours before the first unusual day',
      },
      expect.objectContaining({
        eventName: 'CreateNatGateway',
        actor: 'autoscaling.amazonaws.com',
        confidence: 'low',
        why: 'the call makes a NAT gateway, on the first unusual day, by a service of AWS, which may be a consequence',
      }),
      expect.objectContaining({ eventName: 'ReplaceRouteTableAssociation', actor: 'alice', confidence: 'low' }),
    ]);
  });

  test('what somebody decided before what a service did upon it', async () => {
    const autoscaling = { EventSource: 'autoscaling.amazonaws.com' };
    trail({
      RunInstances: [[trailEvent('RunInstances', '2026-11-21T03:00:00Z', service)]],
      SetDesiredCapacity: [[trailEvent('SetDesiredCapacity', '2026-11-21T02:58:00Z', alice, autoscaling)]],
    });
    const { found } = await search({ series: [{ service: 'AmazonEC2', usageType: 'EU-BoxUsage:m7g.large' }] });
    expect(found).toMatchObject({
      changes: [{ actor: 'alice' }, { actor: 'autoscaling.amazonaws.com', confidence: 'low' }],
    });
  });

  test('only a call on a resource whose cost rose is told with high confidence', async () => {
    trail({ CreateRoute: [[trailEvent('CreateRoute', '2026-11-21T03:00:00Z', alice)]] });
    const arn = `arn:aws:ec2:eu-west-1:${accountId}:natgateway/nat-0feed`;
    const hit = await search({ resourceIds: [arn] });
    expect(hit.found).toMatchObject({
      changes: [
        {
          confidence: 'high',
          why: 'the call sends traffic another way, on the first unusual day, on nat-0feed whose cost rose',
        },
      ],
    });
    const miss = await search({ resourceIds: [`${arn}0`] });
    expect(miss.found).toMatchObject({ changes: [{ confidence: 'medium' }] });
  });

  test('the same call of the same actor is one line, however often', async () => {
    const events = Array.from({ length: 30 }, (_, index) =>
      trailEvent('CreateRoute', `2026-11-21T03:${String(index + 10)}:00Z`, alice, {
        Resources: [{ ResourceType: 'AWS::EC2::RouteTable', ResourceName: `rtb-${index}` }],
      }),
    );
    trail({ CreateRoute: [events] });
    const { found } = await search();
    if (found.status !== 'asked') throw new Error('not asked');
    expect(found.changes).toHaveLength(1);
    expect(found.changes[0]).toMatchObject({ times: 30, at: '2026-11-21T03:10:00.000Z' });
    expect(found.changes[0]?.resources).toHaveLength(10);
  });

  test.each<[string, Event]>([
    [
      'a call that failed',
      trailEvent('CreateRoute', '2026-11-21T03:00:00Z', alice, { detail: { errorCode: 'AccessDenied' } }),
    ],
    ['a call of the day after', trailEvent('CreateRoute', '2026-11-22T00:00:00Z', alice)],
    [
      'a call of another service',
      trailEvent('CreateRoute', '2026-11-21T03:00:00Z', alice, { EventSource: 'appmesh.amazonaws.com' }),
    ],
    ['an event without a time', trailEvent('CreateRoute', '2026-11-21T03:00:00Z', alice, { EventTime: undefined })],
  ])('%s did nothing', async (_name, event) => {
    trail({ CreateRoute: [[event]] });
    expect((await search()).found).toMatchObject({ status: 'asked', changes: [] });
  });

  test.each<[string, Who, string]>([
    ['root', { type: 'Root', arn: `arn:aws:iam::${accountId}:root` }, 'root'],
    [
      'a person through single sign-on',
      { type: 'AssumedRole', arn: `arn:aws:sts::${accountId}:assumed-role/AWSReservedSSO_Admin_1a/bob@example.com` },
      'AWSReservedSSO_Admin_1a/bob@example.com',
    ],
    [
      'a session that is named like a key',
      { type: 'AssumedRole', arn: `arn:aws:sts::${accountId}:assumed-role/app/AKIAIOSFODNN7EXAMPLE` },
      'app/(key)',
    ],
  ])('the actor is %s', async (_name, who, actor) => {
    trail({ CreateRoute: [[trailEvent('CreateRoute', '2026-11-21T03:00:00Z', who)]] });
    expect((await search()).found).toMatchObject({ changes: [{ actor }] });
  });

  test('an event whose text cannot be read keeps its name, and nothing of a key or a parameter is kept', async () => {
    const broken = trailEvent('CreateRoute', '2026-11-21T03:00:00Z', alice, { CloudTrailEvent: '{"userIdentity":' });
    trail({
      CreateRoute: [[broken]],
      DeleteVpcEndpoints: [[trailEvent('DeleteVpcEndpoints', '2026-11-21T04:00:00Z', pipeline)]],
    });
    const { found } = await search();
    expect(found).toMatchObject({ changes: [{ actor: 'deploy/GitHubActions' }, { actor: 'alice' }] });
    expect(JSON.stringify(found)).not.toMatch(/ASIA|AKIA|c2VjcmV0|203\.0\.113|0\.0\.0\.0/);
  });
});

describe('what could not be asked is told apart from nothing found', () => {
  test('a denial costs one call and names the permission', async () => {
    const mock = mockClient(CloudTrailClient);
    mock.on(LookupEventsCommand).rejects(denial('cloudtrail:LookupEvents', 'AccessDeniedException', 400));
    const { found, left } = await search();
    expect(found).toEqual({
      status: 'not-asked',
      reason: 'denied',
      iamAction: 'cloudtrail:LookupEvents',
      note: 'CloudTrail was not asked: cloudtrail:LookupEvents is denied',
    });
    expect(left).toBe(59);
  });

  test('without look-ups left nothing is asked', async () => {
    const mock = trail({});
    const { found } = await search({}, 0);
    expect(found).toMatchObject({ status: 'not-asked', reason: 'budget' });
    expect(mock.calls()).toHaveLength(0);
  });

  test('a budget that ends half-way names what it did not reach', async () => {
    const mock = trail({});
    const { found, left } = await search({}, 2);
    expect(left).toBe(0);
    expect(mock.calls()).toHaveLength(2);
    const names = eventsFor([nat]).map(({ name }) => name);
    expect(found).toMatchObject({ status: 'asked', unasked: names.slice(2) });
    expect(found.note).toMatch(/not asked to the end: .*CreateNatGateway/);
  });

  test('one name that AWS does not answer leaves the others', async () => {
    const mock = trail({ CreateRoute: [[trailEvent('CreateRoute', '2026-11-21T03:00:00Z', alice)]] });
    const slow = { LookupAttributes: [{ AttributeKey: 'EventName' as const, AttributeValue: 'CreateNatGateway' }] };
    mock
      .on(LookupEventsCommand, slow)
      .rejects(Object.assign(new Error('no answer within 30 s'), { name: 'TimeoutError' }));
    const { found } = await search();
    expect(found).toMatchObject({
      status: 'asked',
      unasked: ['CreateNatGateway'],
      changes: [{ eventName: 'CreateRoute' }],
    });
  });

  test('when AWS answers nothing at all, that is the reason', async () => {
    mockClient(CloudTrailClient)
      .on(LookupEventsCommand)
      .rejects(awsError('InternalError', 'We had a problem', 500));
    expect((await search()).found).toMatchObject({ status: 'not-asked', reason: 'unexpected' });
  });

  test.each<[string, Partial<Suspicious>]>([
    ['too-old', { onset: '2026-08-20' }],
    ['no-event-known', { series: [{ service: 'Amazon Foo', usageType: 'Bar-Hours' }] }],
    ['no-event-known', { series: [{ service: 'Amazon Elastic Load Balancing', usageType: 'DataProcessing-Bytes' }] }],
  ])('%s costs no call', async (reason, of) => {
    const mock = trail({});
    expect((await search(of)).found).toMatchObject({ status: 'not-asked', reason });
    expect(mock.calls()).toHaveLength(0);
  });
});
