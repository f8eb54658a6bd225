/** Regions that are enabled in the account. */
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { requireMember } from '../../aws/answer.ts';
import type { Collector } from '../collector.ts';

export const accountRegion: Collector<'account.region'> = {
  kind: 'account.region',
  scope: 'global',
  iamActions: ['ec2:DescribeRegions'],
  async *collect({ session, scope }) {
    // Without AllRegions AWS lists the enabled ones; the filter holds where an emulator does not.
    const answer = await session.client(EC2Client).send(
      new DescribeRegionsCommand({
        Filters: [{ Name: 'opt-in-status', Values: ['opt-in-not-required', 'opted-in'] }],
      }),
    );
    for (const { RegionName, OptInStatus } of requireMember(answer, 'Regions')) {
      if (RegionName === undefined || (OptInStatus !== 'opted-in' && OptInStatus !== 'opt-in-not-required')) continue;
      yield {
        id: RegionName,
        arn: `arn:aws:ec2:${RegionName}:${scope.account.id}:region/${RegionName}`,
        type: 'AWS::Account::Region',
        accountId: scope.account.id,
        region: 'global',
        tags: undefined,
        optInStatus: OptInStatus,
      };
    }
  },
};
