/** GetAccountAuthorizationDetails as IAM answers it: documents URL-encoded, four lists on every page. */
import {
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsRequest,
  type GetAccountAuthorizationDetailsResponse,
  IAMClient,
  type ManagedPolicyDetail,
} from '@aws-sdk/client-iam';
import { mockClient } from 'aws-sdk-client-mock';

/** IAM encodes as RFC 3986 says, the characters of JSON included. */
export function encoded(document: object): string {
  return encodeURIComponent(JSON.stringify(document)).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
}

export const allowing = (...Action: string[]): string =>
  encoded({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

/** @param Document of the default version; an older one is there as well */
export function managed(
  Arn: string,
  Document: string,
  overrides: Partial<ManagedPolicyDetail> = {},
): ManagedPolicyDetail {
  return {
    Arn,
    PolicyName: Arn.split('/').at(-1),
    PolicyId: `ANPA${Arn.split('/').at(-1)!.toUpperCase()}`,
    Path: '/',
    DefaultVersionId: 'v2',
    AttachmentCount: 1,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    PolicyVersionList: [
      { VersionId: 'v1', IsDefaultVersion: false, Document: allowing('old:Action') },
      { VersionId: 'v2', IsDefaultVersion: true, Document },
    ],
    ...overrides,
  };
}

export type Page = Partial<GetAccountAuthorizationDetailsResponse>;
export type Asked = { readonly filter: readonly string[]; readonly marker: string | undefined };

/** @param own pages of users, roles, groups and local policies; @param awsManaged AWS's policies, or a refusal */
export function mockAuthorization(own: readonly Page[], awsManaged: readonly ManagedPolicyDetail[] = []): Asked[] {
  const asked: Asked[] = [];
  const full = (page: Page): Page => ({
    UserDetailList: [],
    RoleDetailList: [],
    GroupDetailList: [],
    Policies: [],
    ...page,
  });
  mockClient(IAMClient)
    .on(GetAccountAuthorizationDetailsCommand)
    .callsFake(({ Filter = [], Marker }: GetAccountAuthorizationDetailsRequest) => {
      asked.push({ filter: Filter, marker: Marker });
      if (Filter.includes('AWSManagedPolicy')) return full({ Policies: [...awsManaged], IsTruncated: false });
      const index = Marker === undefined ? 0 : Number(Marker);
      const isMore = index + 1 < own.length;
      return full({ ...own[index]!, IsTruncated: isMore, ...(isMore ? { Marker: String(index + 1) } : {}) });
    });
  return asked;
}
