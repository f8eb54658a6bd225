/** Addresses of the AWS console, in one table. They open in whichever account the browser is signed in to. */

type Target = { readonly region: string; readonly id: string };

const paths = {
  vpc: ({ region, id }) => `vpcconsole/home?region=${region}#VpcDetails:VpcId=${id}`,
  'vpc-endpoint-create': ({ region }) => `vpcconsole/home?region=${region}#CreateVpcEndpoint:`,
  'vpc-endpoint': ({ region, id }) => `vpcconsole/home?region=${region}#EndpointDetails:vpcEndpointId=${id}`,
  'nat-gateway': ({ region, id }) => `vpcconsole/home?region=${region}#NatGatewayDetails:natGatewayId=${id}`,
  'elastic-ip': ({ region, id }) => `ec2/home?region=${region}#ElasticIpDetails:AllocationId=${id}`,
  's3-bucket-management': ({ region, id }) => `s3/buckets/${id}?region=${region}&tab=management`,
  'iam-role': ({ id }) => `iam/home#/roles/details/${id}`,
  'iam-user': ({ id }) => `iam/home#/users/details/${id}`,
  'iam-policy': ({ id }) => `iam/home#/policies/details/${id}`,
  'tag-editor': ({ region }) => `resource-groups/tag-editor/find-resources?region=${region}`,
  'cost-allocation-tags': () => 'billing/home#/tags',
  'cost-anomaly': () => 'costmanagement/home#/anomaly-detection/overview',
  'cost-explorer': () => 'costmanagement/home#/cost-explorer',
  budget: () => 'costmanagement/home#/budgets/overview',
  'organizations-account': ({ id }) => `organizations/v2/home/accounts/${id}`,
} as const satisfies Record<string, (target: Target) => string>;

export type ConsolePage = keyof typeof paths;

/** @param target.region region of the resource; `global` opens the page where AWS keeps it */
export function consoleLink(page: ConsolePage, target: Target): string {
  const region = target.region === 'global' ? 'us-east-1' : target.region;
  const path = paths[page]({ region, id: encodeURIComponent(target.id) });
  return `https://${region}.console.${consoleDomain(region)}/${path}`;
}

function consoleDomain(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.cn';
  if (region.startsWith('us-gov-')) return 'amazonaws-us-gov.com';
  return 'aws.amazon.com';
}
