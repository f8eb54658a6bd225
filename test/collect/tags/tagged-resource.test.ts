import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { denial, testList } from '../../support/collected.ts';

const base = { accountId: '222222222222', region: 'eu-west-1' };
const lambda = 'arn:aws:lambda:eu-west-1:222222222222:function:shop';
const instance = 'arn:aws:ec2:eu-west-1:222222222222:instance/i-1';

testList('tagging.resource', {
  client: ResourceGroupsTaggingAPIClient,
  command: GetResourcesCommand,
  token: 'PaginationToken',
  input: { ResourcesPerPage: 100 },
  pages: [
    {
      ResourceTagMappingList: [{ ResourceARN: lambda, Tags: [{ Key: 'team', Value: 'shop' }] }],
      PaginationToken: 'page-2',
    },
    // The last page has an empty token, not none; a resource whose tags were removed stays listed.
    { ResourceTagMappingList: [{ ResourceARN: instance, Tags: [] }], PaginationToken: '' },
  ],
  records: [
    { ...base, id: lambda, arn: lambda, type: 'AWS::Lambda::Function', tags: { team: 'shop' } },
    { ...base, id: instance, arn: instance, type: 'AWS::EC2::Instance', tags: {} },
  ],
  refusal: denial('tag:GetResources', 'AccessDeniedException', 400),
  iamAction: 'tag:GetResources',
});
