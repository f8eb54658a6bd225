import { describe, expect, test } from 'vitest';
import { actionTable } from '../../src/iam/action-table.ts';
import { escalations } from '../../src/iam/escalations.ts';
import { type Analysis, analyse, roleGraph } from '../../src/iam/levels.ts';
import type { Principal } from '../../src/model/resources/iam.ts';
import {
  accountId,
  allow,
  deny,
  policyOf,
  type RawStatement,
  rolePrincipal,
  trustOf,
  userPrincipal,
  variable,
} from '../support/builders.ts';
import { testNow as now } from '../support/check-tester.ts';

const roleWith = (name: string, service: string, statements: readonly RawStatement[]): Principal =>
  rolePrincipal(name, { trust: trustOf('Service', service), policies: [policyOf(statements)] });
/** An administrator for every service that a way needs. */
const admins = [...new Set(escalations.flatMap(({ service }) => service ?? []))].map((service) =>
  roleWith(`admin-${service.split('.')[0]}`, service, [allow('*')]),
);
const lambdaAdmin = roleWith('admin-fn', 'lambda.amazonaws.com', [allow('*')]);
const reader = roleWith('thumbnail-fn', 'lambda.amazonaws.com', [allow('s3:GetObject', 'arn:aws:s3:::acme-images/*')]);
const createAndCall = allow(['lambda:CreateFunction', 'lambda:InvokeFunction']);

type Given = { roles?: readonly Principal[]; overrides?: Partial<Principal> };

function analysisOf(statements: readonly RawStatement[], { roles = [], overrides = {} }: Given = {}): Analysis {
  const caller = userPrincipal('alice', { policies: [policyOf(statements)], ...overrides });
  return analyse(caller, roleGraph([caller, ...roles], now), now);
}

const waysOf = (statements: readonly RawStatement[], given?: Given): string[] =>
  analysisOf(statements, given).escalations.map(({ escalation }) => escalation.id);

describe('the table', () => {
  const actions = new Set(actionTable().names);

  test.each(escalations.map(({ id, needs, anyOf = [] }): [string, string[]] => [id, [...needs, ...anyOf]]))(
    '%s names actions that exist',
    (_, named) => {
      expect(named.filter((action) => !actions.has(action))).toEqual([]);
      expect(named.length).toBeGreaterThan(0);
    },
  );

  test('tells each way once, and whom to pass the role to', () => {
    expect(new Set(escalations.map(({ id }) => id)).size).toBe(escalations.length);
    for (const { family, service } of escalations)
      expect(service !== undefined).toBe(family === 'pass-role' || family === 'hijack');
  });

  test.each(escalations.map((escalation) => [escalation.id, escalation] as const))(
    '%s is found alone',
    (id, escalation) => {
      const { needs, anyOf, family } = escalation;
      for (const choice of anyOf ?? [undefined]) {
        const named = [
          ...needs,
          ...(choice === undefined ? [] : [choice]),
          ...(family === 'pass-role' ? ['iam:PassRole'] : []),
        ];
        expect(waysOf([allow(named)], { roles: admins })).toContain(id);
        // The same over several policies of the principal.
        const policies = named.map((action) => policyOf([allow(action)], { name: action }));
        expect(waysOf([], { roles: admins, overrides: { policies } })).toContain(id);
        // And not when one is missing.
        for (const missing of named)
          expect(
            waysOf([allow(named.filter((action) => action !== missing && named.length > 1))], { roles: admins }),
          ).not.toContain(id);
      }
    },
  );

  test.each([
    'ec2:RequestSpotInstances',
    'ec2:CreateLaunchTemplateVersion',
    'ecs:CreateService',
    'ecs:StartTask',
    'ecs:UpdateService',
    'glue:UpdateJob',
    'glue:UpdateDevEndpoint',
    'glue:CreateTrigger',
    'codebuild:StartBuildBatch',
    'cloudformation:CreateStackSet',
    'cloudformation:UpdateStackSet',
    'sagemaker:CreateProcessingJob',
    'sagemaker:CreatePresignedNotebookInstanceUrl',
    'lambda:CreateFunctionUrlConfig',
    'ssm:StartAutomationExecution',
    'scheduler:CreateSchedule',
    'sso:PutInlinePolicyToPermissionSet',
    'sts:AssumeRoot',
    'iam:PutRolePermissionsBoundary',
    'apprunner:CreateService',
    'datapipeline:CreatePipeline',
    'bedrock-agentcore:CreateCodeInterpreter',
  ])('knows %s', (action) => {
    expect(escalations.some(({ needs, anyOf = [] }) => [...needs, ...anyOf].includes(action))).toBe(true);
  });

  test('a development endpoint is enough alone, a job must be started', () => {
    expect(waysOf([allow(['iam:PassRole', 'glue:CreateDevEndpoint'])])).toEqual([
      'iam:PassRole + glue:CreateDevEndpoint',
    ]);
    expect(waysOf([allow(['iam:PassRole', 'glue:CreateJob'])])).toEqual([]);
    expect(waysOf([allow(['iam:PassRole', 'glue:CreateJob', 'glue:StartJobRun'])])).toHaveLength(1);
  });

  test('an instance must be stopped and started to change what it runs', () => {
    expect(waysOf([allow(['ec2:ModifyInstanceAttribute', 'ec2:StartInstances'])], { roles: admins })).toEqual([]);
    expect(
      waysOf([allow(['ec2:ModifyInstanceAttribute', 'ec2:StopInstances', 'ec2:StartInstances'])], { roles: admins }),
    ).toHaveLength(1);
  });
});

describe('the own resources', () => {
  const self = `arn:aws:iam::${accountId}:user/alice`;
  const variableSelf = `arn:aws:iam::*:user/${variable('aws:username')}`;

  test.each(['iam:PutUserPolicy', 'iam:AttachUserPolicy', 'iam:DeleteUserPermissionsBoundary'])(
    '%s on itself is a way',
    (action) => {
      expect(waysOf([allow(action, self)])).toEqual([action]);
      expect(waysOf([allow(action, variableSelf)])).toEqual([action]);
      expect(waysOf([allow(action, `arn:aws:iam::${accountId}:user/bob`)])).toEqual([]);
    },
  );

  test('keys and passwords of its own are what every user may have', () => {
    expect(
      waysOf([
        allow(['iam:CreateAccessKey', 'iam:*LoginProfile', 'iam:CreateServiceSpecificCredential'], variableSelf),
      ]),
    ).toEqual([]);
    expect(waysOf([allow('iam:CreateAccessKey', 'arn:aws:iam::*:user/*')])).toEqual(['iam:CreateAccessKey']);
  });

  test('a variable is plain text in the old version and without one', () => {
    for (const version of ['2008-10-17', null]) {
      const policies = [policyOf([allow('iam:*', variableSelf)], { version })];
      expect(waysOf([], { overrides: { policies } })).toEqual([]);
    }
    expect(waysOf([allow('iam:*', variableSelf)])).toEqual([
      'iam:AttachUserPolicy',
      'iam:PutUserPolicy',
      'iam:DeleteUserPermissionsBoundary',
    ]);
  });

  test('a role on itself', () => {
    const role = (statements: RawStatement[]) =>
      analyse(rolePrincipal('app', { policies: [policyOf(statements)] }), [], now);
    const ways = role([allow('iam:*', `arn:aws:iam::${accountId}:role/app`)]).escalations.map(
      ({ escalation }) => escalation.id,
    );
    expect(ways).toEqual([
      'iam:AttachRolePolicy',
      'iam:PutRolePolicy',
      'iam:DeleteRolePermissionsBoundary',
      'iam:PutRolePermissionsBoundary',
    ]);
  });

  test('a policy attached to it, but no other', () => {
    const arn = `arn:aws:iam::${accountId}:policy/developers`;
    const attached = policyOf([allow('iam:CreatePolicyVersion', arn)], {
      name: 'developers',
      arn,
      source: 'customer-managed',
    });
    expect(waysOf([], { overrides: { policies: [attached] } })).toEqual(['iam:CreatePolicyVersion']);
    expect(waysOf([allow('iam:CreatePolicyVersion', arn)])).toEqual([]);
  });

  test('a group it is in', () => {
    const policies = [
      policyOf([allow('iam:PutGroupPolicy', `arn:aws:iam::${accountId}:group/dev`)], { viaGroup: 'dev' }),
    ];
    expect(waysOf([], { overrides: { policies } })).toEqual(['iam:PutGroupPolicy']);
    expect(waysOf([allow('iam:PutGroupPolicy', `arn:aws:iam::${accountId}:group/admins`)], { overrides: {} })).toEqual(
      [],
    );
  });
});

describe('passing a role', () => {
  const passLambda = (
    Resource: string | string[] = '*',
    condition?: Record<string, Record<string, string | string[]>>,
  ): RawStatement[] => [allow('iam:PassRole', Resource, condition), createAndCall];
  const lambdaWay = escalations.find(({ needs }) => needs.includes('lambda:CreateFunction'))?.id ?? '';

  test('on everything is a way, with the roles that are there', () => {
    expect(analysisOf(passLambda(), { roles: [lambdaAdmin, reader] }).escalations).toMatchObject([
      { escalation: { id: lambdaWay }, targets: [lambdaAdmin.arn], isNarrowed: false },
    ]);
  });

  test('on everything is a way even before there is such a role', () => {
    expect(analysisOf(passLambda(), { roles: [reader] }).escalations).toMatchObject([{ targets: [] }]);
    expect(waysOf(passLambda('arn:aws:iam::*:role/*'))).toEqual([lambdaWay]);
  });

  test('on one role that may do more', () => {
    expect(analysisOf(passLambda(lambdaAdmin.arn), { roles: [lambdaAdmin] }).escalations).toMatchObject([
      { targets: [lambdaAdmin.arn] },
    ]);
  });

  test.each<[string, RawStatement[], Principal[]]>([
    ['a role that may do little', passLambda(reader.arn), [reader, lambdaAdmin]],
    [
      'a role that trusts another service',
      passLambda(lambdaAdmin.arn),
      [{ ...lambdaAdmin, trust: trustOf('Service', 'ec2.amazonaws.com') }],
    ],
    ['a role that does not exist', passLambda(`arn:aws:iam::${accountId}:role/later`), [lambdaAdmin]],
    ['a role of another spelling', passLambda(lambdaAdmin.arn.replace('admin-fn', 'Admin-Fn')), [lambdaAdmin]],
    ['a bucket', passLambda('arn:aws:s3:::*'), [lambdaAdmin]],
    [
      'nothing: NotResource *',
      [{ Effect: 'Allow', Action: 'iam:PassRole', NotResource: '*' }, createAndCall],
      [lambdaAdmin],
    ],
    ['nothing: denied', [...passLambda(), deny('iam:PassRole')], [lambdaAdmin]],
    [
      'a list of which the privileged one is denied',
      [...passLambda(`arn:aws:iam::${accountId}:role/*-fn`), deny('iam:PassRole', lambdaAdmin.arn)],
      [lambdaAdmin, reader],
    ],
    [
      'all but a harmless one denied',
      [...passLambda(), { Effect: 'Deny', Action: 'iam:PassRole', NotResource: reader.arn }],
      [lambdaAdmin, reader],
    ],
    [
      'another service (PassedToService)',
      passLambda('*', { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }),
      [lambdaAdmin],
    ],
    [
      'another service, if one is named',
      passLambda('*', { StringEqualsIfExists: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }),
      [lambdaAdmin],
    ],
    [
      'any service but this',
      passLambda('*', { StringNotEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } }),
      [lambdaAdmin],
    ],
  ])('is no way to %s', (_, statements, roles) => {
    expect(waysOf(statements, { roles })).toEqual([]);
  });

  test('NotResource spares the role it names and no other', () => {
    const statements = [{ Effect: 'Allow', Action: 'iam:PassRole', NotResource: lambdaAdmin.arn }, createAndCall];
    expect(analysisOf(statements, { roles: [lambdaAdmin] }).escalations).toMatchObject([{ targets: [] }]);
    const other = roleWith('other-fn', 'lambda.amazonaws.com', [allow('*')]);
    expect(analysisOf(statements, { roles: [lambdaAdmin, other] }).escalations).toMatchObject([
      { targets: [other.arn] },
    ]);
  });

  test.each<[string, Record<string, Record<string, string | string[]>>]>([
    ['this service', { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'lambda.amazonaws.com'] } }],
    ['a pattern of it', { StringLike: { 'iam:PassedToService': 'lambda.*' } }],
    ['any', { StringLike: { 'iam:PassedToService': '*' } }],
    ['any but another', { StringNotEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }],
  ])('PassedToService of %s removes nothing and lowers nothing', (_, condition) => {
    expect(analysisOf(passLambda('*', condition), { roles: [lambdaAdmin] }).escalations).toMatchObject([
      { escalation: { id: lambdaWay }, targets: [lambdaAdmin.arn], isNarrowed: false },
    ]);
  });

  test('PassedToService removes the combinations of other services only', () => {
    const statements = [
      allow('iam:PassRole', '*', { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } }),
      createAndCall,
      allow(['ec2:RunInstances', 'cloudformation:CreateStack']),
    ];
    expect(waysOf(statements, { roles: admins })).toEqual([lambdaWay]);
  });

  test('another condition on PassRole narrows', () => {
    const office = { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } };
    expect(analysisOf(passLambda('*', office)).escalations).toMatchObject([{ isNarrowed: true }]);
    // A second statement without it is what counts.
    expect(analysisOf([...passLambda('*', office), allow('iam:PassRole')]).escalations).toMatchObject([
      { isNarrowed: false },
    ]);
  });

  test('a condition on one of several last steps narrows nothing', () => {
    const office = { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } };
    const statements = [
      allow(['iam:PassRole', 'lambda:CreateFunction', 'lambda:AddPermission']),
      allow('lambda:InvokeFunction', '*', office),
    ];
    expect(analysisOf(statements).escalations).toMatchObject([{ isNarrowed: false }]);
    expect(
      analysisOf([allow(['iam:PassRole', 'lambda:CreateFunction']), allow('lambda:InvokeFunction', '*', office)])
        .escalations,
    ).toMatchObject([{ isNarrowed: true }]);
  });

  test('what carries the role may be limited by name: only the role counts', () => {
    const mine = `arn:aws:lambda:*:${accountId}:function:app-*`;
    expect(waysOf([allow('iam:PassRole'), allow(['lambda:CreateFunction', 'lambda:InvokeFunction'], mine)])).toEqual([
      lambdaWay,
    ]);
  });

  test('a role that its boundary holds down is no way up', () => {
    const bounded = { ...lambdaAdmin, boundary: policyOf([allow('logs:*', 'arn:aws:logs:*:*:log-group:/app:*')]) };
    expect(waysOf(passLambda(bounded.arn), { roles: [bounded] })).toEqual([]);
  });
});

describe('taking over what runs', () => {
  test('only where a role may do more than the caller', () => {
    const update = [allow('lambda:UpdateFunctionCode')];
    expect(waysOf(update, { roles: [] })).toEqual([]);
    expect(waysOf(update, { roles: [reader] })).toEqual([]);
    expect(waysOf(update, { roles: [{ ...lambdaAdmin, trust: trustOf('Service', 'ec2.amazonaws.com') }] })).toEqual([]);
    expect(analysisOf(update, { roles: [reader, lambdaAdmin] }).escalations).toMatchObject([
      { targets: [lambdaAdmin.arn] },
    ]);
  });

  test('not where the caller may do as much already', () => {
    const iamAdmin = roleWith('iam-fn', 'lambda.amazonaws.com', [allow('iam:*')]);
    expect(waysOf([allow(['lambda:UpdateFunctionCode', 'iam:TagRole'])], { roles: [iamAdmin] })).toEqual([
      'lambda:UpdateFunctionCode',
    ]);
    expect(waysOf([allow(['lambda:UpdateFunctionCode', 'iam:DeleteRolePolicy'])], { roles: [iamAdmin] })).toEqual([]);
  });

  test('a role cannot take over itself', () => {
    const role = roleWith('ops', 'ec2.amazonaws.com', [allow('ssm:SendCommand')]);
    const stronger = roleWith('ops-admin', 'ec2.amazonaws.com', [allow('*')]);
    const ways = (roles: Principal[]) => analyse(role, roleGraph(roles, now), now).escalations.length;
    expect(ways([role])).toBe(0);
    expect(ways([role, stronger])).toBe(1);
  });
});
