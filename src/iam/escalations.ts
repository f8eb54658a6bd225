/**
 * Ways from some permissions to all of them, as data. Names checked against the action data by a test.
 * `passRole`: also needs iam:PassRole to a role that trusts the service. `hijack`: works on something that runs with a role.
 */
export type Escalation = {
  readonly id: string;
  readonly family: 'self-iam' | 'pass-role' | 'hijack' | 'federation';
  /** All of these, and one of `anyOf` where given. */
  readonly needs: readonly string[];
  readonly anyOf?: readonly string[];
  /** Service principal the passed or hijacked role must trust. */
  readonly service?: string;
};

const selfIam = [
  'CreatePolicyVersion',
  'SetDefaultPolicyVersion',
  'AttachUserPolicy',
  'AttachGroupPolicy',
  'AttachRolePolicy',
  'PutUserPolicy',
  'PutGroupPolicy',
  'PutRolePolicy',
  'AddUserToGroup',
  'CreateAccessKey',
  'CreateLoginProfile',
  'UpdateLoginProfile',
  'UpdateAssumeRolePolicy',
  'DeleteRolePermissionsBoundary',
  'DeleteUserPermissionsBoundary',
  'PutRolePermissionsBoundary',
  'CreateServiceSpecificCredential',
];

type PassRoleRow = readonly [service: string, needs: readonly string[], anyOf?: readonly string[]];
const passRole: readonly PassRoleRow[] = [
  ['ec2.amazonaws.com', [], ['ec2:RunInstances', 'ec2:RequestSpotInstances', 'ec2:CreateLaunchTemplateVersion']],
  [
    'lambda.amazonaws.com',
    ['lambda:CreateFunction'],
    [
      'lambda:InvokeFunction',
      'lambda:AddPermission',
      'lambda:CreateEventSourceMapping',
      'lambda:CreateFunctionUrlConfig',
    ],
  ],
  [
    'cloudformation.amazonaws.com',
    [],
    ['cloudformation:CreateStack', 'cloudformation:CreateStackSet', 'cloudformation:UpdateStackSet'],
  ],
  ['glue.amazonaws.com', ['glue:CreateDevEndpoint']],
  ['glue.amazonaws.com', ['glue:CreateJob'], ['glue:StartJobRun', 'glue:CreateTrigger']],
  ['glue.amazonaws.com', ['glue:UpdateJob'], ['glue:StartJobRun', 'glue:CreateTrigger']],
  [
    'ecs-tasks.amazonaws.com',
    ['ecs:RegisterTaskDefinition'],
    ['ecs:RunTask', 'ecs:StartTask', 'ecs:CreateService', 'ecs:UpdateService'],
  ],
  ['codebuild.amazonaws.com', ['codebuild:CreateProject'], ['codebuild:StartBuild', 'codebuild:StartBuildBatch']],
  [
    'sagemaker.amazonaws.com',
    [],
    ['sagemaker:CreateNotebookInstance', 'sagemaker:CreateTrainingJob', 'sagemaker:CreateProcessingJob'],
  ],
  [
    'datapipeline.amazonaws.com',
    ['datapipeline:CreatePipeline', 'datapipeline:PutPipelineDefinition', 'datapipeline:ActivatePipeline'],
  ],
  ['scheduler.amazonaws.com', ['scheduler:CreateSchedule']],
  ['ssm.amazonaws.com', ['ssm:StartAutomationExecution']],
  ['tasks.apprunner.amazonaws.com', ['apprunner:CreateService']],
  [
    'bedrock-agentcore.amazonaws.com',
    ['bedrock-agentcore:CreateCodeInterpreter', 'bedrock-agentcore:InvokeCodeInterpreter'],
  ],
  ['bedrock-agentcore.amazonaws.com', ['bedrock-agentcore:CreateAgentRuntime', 'bedrock-agentcore:InvokeAgentRuntime']],
];

type HijackRow = readonly [service: string, needs: readonly string[]];
const hijack: readonly HijackRow[] = [
  ['lambda.amazonaws.com', ['lambda:UpdateFunctionCode']],
  ['ec2.amazonaws.com', ['ec2:ModifyInstanceAttribute', 'ec2:StopInstances', 'ec2:StartInstances']],
  ['ec2.amazonaws.com', ['ssm:SendCommand']],
  ['ec2.amazonaws.com', ['ssm:StartSession']],
  ['ec2.amazonaws.com', ['ec2-instance-connect:SendSSHPublicKey']],
  ['ecs-tasks.amazonaws.com', ['ecs:ExecuteCommand']],
  ['cloudformation.amazonaws.com', ['cloudformation:UpdateStack']],
  ['cloudformation.amazonaws.com', ['cloudformation:ExecuteChangeSet']],
  ['glue.amazonaws.com', ['glue:UpdateDevEndpoint']],
  ['sagemaker.amazonaws.com', ['sagemaker:CreatePresignedNotebookInstanceUrl']],
];

const federation: readonly (readonly string[])[] = [
  ['iam:CreateOpenIDConnectProvider'],
  ['iam:UpdateSAMLProvider'],
  ['sso:CreateAccountAssignment'],
  ['sso:PutInlinePolicyToPermissionSet'],
  ['eks:CreateAccessEntry', 'eks:AssociateAccessPolicy'],
  ['sts:AssumeRoot'],
];

export const escalations: readonly Escalation[] = [
  ...selfIam.map((name): Escalation => ({ id: `iam:${name}`, family: 'self-iam', needs: [`iam:${name}`] })),
  ...passRole.map(
    ([service, needs, anyOf]): Escalation => ({
      id: ['iam:PassRole', ...needs, ...(anyOf === undefined ? [] : [anyOf.join('|')])].join(' + '),
      family: 'pass-role',
      needs,
      ...(anyOf === undefined ? {} : { anyOf }),
      service,
    }),
  ),
  ...hijack.map(([service, needs]): Escalation => ({ id: needs.join(' + '), family: 'hijack', needs, service })),
  ...federation.map((needs): Escalation => ({ id: needs.join(' + '), family: 'federation', needs })),
];
