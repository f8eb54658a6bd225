import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { denial, testList } from '../../support/collected.ts';

const base = { type: 'AWS::Account::Region', accountId: '222222222222', region: 'global' };

testList('account.region', {
  client: EC2Client,
  command: DescribeRegionsCommand,
  pages: [
    {
      Regions: [
        { RegionName: 'eu-west-1', Endpoint: 'ec2.eu-west-1.amazonaws.com', OptInStatus: 'opt-in-not-required' },
        { RegionName: 'eu-south-1', Endpoint: 'ec2.eu-south-1.amazonaws.com', OptInStatus: 'opted-in' },
        // An emulator answers this in spite of the filter.
        { RegionName: 'me-south-1', Endpoint: 'ec2.me-south-1.amazonaws.com', OptInStatus: 'not-opted-in' },
      ],
    },
  ],
  records: [
    {
      ...base,
      id: 'eu-west-1',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:region/eu-west-1',
      optInStatus: 'opt-in-not-required',
    },
    {
      ...base,
      id: 'eu-south-1',
      arn: 'arn:aws:ec2:eu-south-1:222222222222:region/eu-south-1',
      optInStatus: 'opted-in',
    },
  ],
  refusal: denial('ec2:DescribeRegions', 'UnauthorizedOperation'),
  iamAction: 'ec2:DescribeRegions',
});
