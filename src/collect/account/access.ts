/** Whether the audit role of the account can be assumed. The one place where a refusal is a record and not a gap. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { toCollectError } from '../../aws/errors.ts';
import type { AccountAccess } from '../../model/resources/organization.ts';
import type { Collector } from '../collector.ts';

export const accountAccess: Collector<'account.access'> = {
  kind: 'account.access',
  scope: 'global',
  // GetCallerIdentity is allowed to everyone; the leave to assume the role is the worker's, not the member's.
  iamActions: [],
  async *collect({ session, scope }) {
    const roleArn = session.roleArn ?? `arn:aws:iam::${scope.account.id}:root`;
    const record = (refusal: { code: string; message: string } | undefined): AccountAccess => ({
      id: roleArn,
      arn: roleArn,
      type: session.roleArn === undefined ? 'AWS::Organizations::Account' : 'AWS::IAM::Role',
      accountId: scope.account.id,
      region: 'global',
      tags: undefined,
      isAssumed: refusal === undefined,
      errorCode: refusal?.code,
      errorMessage: refusal?.message,
    });
    try {
      await session.client(STSClient).send(new GetCallerIdentityCommand({}));
      yield record(undefined);
    } catch (error) {
      const { reason } = toCollectError(error);
      if (session.roleArn === undefined || !(error instanceof Error)) throw error;
      if (reason !== 'denied' && reason !== 'denied-by-scp') throw error;
      yield record({ code: error.name, message: error.message });
    }
  },
};
