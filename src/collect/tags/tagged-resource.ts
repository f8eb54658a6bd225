import { paginateGetResources, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { Collector } from '../collector.ts';
import { typeOfArn } from './arn-type.ts';

/** Largest page the service gives. */
const pageSize = 100;

export const taggingResource: Collector<'tagging.resource'> = {
  kind: 'tagging.resource',
  scope: 'region',
  iamActions: ['tag:GetResources'],
  async *collect({ session, scope }) {
    const client = session.client(ResourceGroupsTaggingAPIClient, scope.region);
    const pages = paginateGetResources({ client, pageSize }, {});
    for await (const page of guardPages(pages, (answer) => answer.PaginationToken)) {
      for (const { ResourceARN = '', Tags = [] } of requireMember(page, 'ResourceTagMappingList')) {
        yield {
          id: ResourceARN,
          arn: ResourceARN,
          type: typeOfArn(ResourceARN),
          accountId: scope.account.id,
          region: scope.region,
          tags: Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
        };
      }
    }
  },
};
