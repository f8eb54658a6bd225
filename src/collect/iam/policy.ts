import type { Collector } from '../collector.ts';
import { defaultVersion, readAuthorization } from './authorization.ts';

export const iamPolicy: Collector<'iam.policy'> = {
  kind: 'iam.policy',
  scope: 'global',
  iamActions: ['iam:GetAccountAuthorizationDetails'],
  async *collect({ session, scope, missed }) {
    const { policies } = await readAuthorization(session);
    for (const policy of policies.values()) {
      const { PolicyId = '', Arn = '', Path = '/' } = policy;
      try {
        const document = defaultVersion(policy, 'customer-managed');
        yield {
          id: PolicyId === '' ? Arn : PolicyId,
          arn: Arn,
          type: 'AWS::IAM::ManagedPolicy',
          accountId: scope.account.id,
          region: 'global',
          // This call does not bring the tags of policies.
          tags: undefined,
          name: document.name,
          path: Path,
          attachmentCount: policy.AttachmentCount ?? 0,
          boundaryUsageCount: policy.PermissionsBoundaryUsageCount ?? 0,
          document,
        };
      } catch (error) {
        missed(PolicyId === '' ? Arn : PolicyId, error);
      }
    }
  },
};
