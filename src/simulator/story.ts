/** The demo's organization: a dozen accounts that could be anybody's, with a few things that cost real money. */

import type { BillIncident } from './bill.ts';
import type { PlantedChange } from './trail.ts';

export const storyNames = [
  'management',
  'payments-prod',
  'data-lake-prod',
  'web-prod',
  'platform',
  'security',
  'payments-staging',
  'web-staging',
  'search-prod',
  'ml-sandbox',
  'acquired-shop',
  'old-campaign',
];

/** What is built in which account; accounts that are not named hold nothing remarkable. */
export const storyFeatures: Readonly<Record<string, readonly string[]>> = {
  'payments-prod': ['missing-s3-endpoint', 'lambda-admin', 'complete-bucket'],
  'data-lake-prod': ['versioned-for-ever', 'bucket-without-rules', 'complete-network'],
  'web-prod': ['route-gap', 'send-anywhere', 'alias-tags'],
  platform: ['pass-role-lambda', 'known-admin', 'ecr-complete'],
  'payments-staging': ['idle-nat', 'idle-address'],
  'web-staging': ['bucket-with-disabled-rules', 'untagged-vpc'],
  'search-prod': ['missing-dynamodb-endpoint', 's3-star'],
  'ml-sandbox': ['bucket-without-abort', 'untagged-bucket', 'unavoidable-star'],
};

/** Quantities of the first two accounts are larger than life. */
export const storyScale: Readonly<Record<string, number>> = { 'payments-prod': 12, 'data-lake-prod': 6 };

/** Since four days payments-prod pulls its images and data through its NAT gateways. */
export const storyIncidents: readonly BillIncident[] = [
  {
    account: storyNames.indexOf('payments-prod'),
    service: 'EC2 - Other',
    usageType: 'NatGateway-Bytes',
    region: 'us-east-1',
    usdPerDay: 312,
    quantityPerDay: 312 / 0.045,
    daysAgo: 4,
  },
  {
    account: storyNames.indexOf('payments-prod'),
    service: 'EC2 - Other',
    usageType: 'DataTransfer-Regional-Bytes',
    region: 'us-east-1',
    usdPerDay: 41,
    quantityPerDay: 4100,
    daysAgo: 4,
  },
];

/** Why: a deployment has removed the endpoint that the images came through. */
export const storyChanges: readonly PlantedChange[] = [
  {
    account: storyNames.indexOf('payments-prod'),
    daysAgo: 4,
    time: '09:42',
    record: {
      region: 'us-east-1',
      eventName: 'DeleteVpcEndpoints',
      source: 'ec2',
      by: { type: 'AssumedRole', name: 'deploy-payments/GitHubActions' },
      resources: [{ type: 'AWS::EC2::VPCEndpoint', name: 'vpce-0a91f6c2d7b3e8450' }],
      userAgent: 'APN/1.0 HashiCorp/1.0 Terraform/1.13.3',
    },
  },
];
