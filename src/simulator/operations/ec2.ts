/** EC2's lists over the simulated accounts, filters included. */
import type { RegionState } from '../account-state.ts';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type Call, type Input, type Operation, type ServiceOperations } from '../handler.ts';
import { itemsOf, joined, type List } from '../lists.ts';

type Item = Readonly<Record<string, unknown>>;

/** Filters by name; any other is refused, as EC2 refuses it. */
const fields: Readonly<Record<string, (item: Item) => unknown>> = {
  'vpc-id': (item) => item['VpcId'],
  'subnet-id': (item) => item['SubnetId'],
  'owner-id': (item) => item['OwnerId'],
  state: (item) => item['State'],
  'nat-gateway-id': (item) => item['NatGatewayId'],
  'vpc-endpoint-type': (item) => item['VpcEndpointType'],
  'service-name': (item) => item['ServiceName'],
  'interface-type': (item) => item['InterfaceType'],
  'is-default': (item) => String(item['IsDefault']),
  'opt-in-status': (item) => item['OptInStatus'],
  'region-name': (item) => item['RegionName'],
};

function filtered(
  items: List<object>,
  filters: readonly { Name?: string; Values?: readonly string[] }[] | undefined,
): List<object> {
  if (filters === undefined || filters.length === 0) return items;
  let left = itemsOf(items);
  for (const { Name = '', Values = [] } of filters) {
    const field = fields[Name];
    if (field === undefined) throw new AwsError('InvalidParameterValue', `The filter '${Name}' is invalid`);
    left = left.filter((item) => Values.includes(String(field(item as Item))));
  }
  return left;
}

export function ec2Operations(world: SimulatedWorld): ServiceOperations {
  const list = (
    items: string,
    max: number,
    read: (state: RegionState, call: Call) => List<object>,
    filterName = 'Filters',
  ): Operation => ({
    page: { items, inToken: 'NextToken', outToken: 'NextToken', size: 'MaxResults', max },
    handle: (input: Input, call: Call) => {
      if (input.MaxResults !== undefined && (input.MaxResults < 5 || input.MaxResults > max)) {
        throw new AwsError(
          'InvalidParameterValue',
          `Value ( ${input.MaxResults} ) for parameter maxResults is invalid. Expecting a value between 5 and ${max}.`,
        );
      }
      const region = world.state(call.accountId).regions.get(call.region);
      return { [items]: filtered(region === undefined ? [] : read(region, call), input[filterName]) };
    },
  });
  return {
    DescribeRegions: {
      handle: (input: Input, { accountId }: Call) => {
        const enabled = new Set(world.enabledRegions(accountId));
        const all = world.allRegions.map((RegionName) => ({
          RegionName,
          Endpoint: `ec2.${RegionName}.amazonaws.com`,
          OptInStatus: !world.optInRegions.includes(RegionName)
            ? 'opt-in-not-required'
            : enabled.has(RegionName)
              ? 'opted-in'
              : 'not-opted-in',
        }));
        return {
          Regions: itemsOf(filtered(all, input.Filters)).filter(
            (region) => input.AllRegions === true || enabled.has((region as { RegionName: string }).RegionName),
          ),
        };
      },
    },
    DescribeVpcs: list('Vpcs', 1000, ({ vpcs }) => vpcs),
    DescribeSubnets: list('Subnets', 1000, ({ subnets }) => subnets),
    DescribeRouteTables: list('RouteTables', 100, ({ routeTables }) => routeTables),
    DescribeNatGateways: list('NatGateways', 1000, ({ natGateways }) => natGateways, 'Filter'),
    DescribeInternetGateways: list('InternetGateways', 1000, ({ internetGateways }) => internetGateways),
    DescribeVpcEndpoints: list('VpcEndpoints', 1000, ({ vpcEndpoints }) => vpcEndpoints),
    DescribeNetworkInterfaces: list('NetworkInterfaces', 1000, (state, { accountId, region }) =>
      joined<object>(state.networkInterfaces, world.bulk(accountId).networkInterfaces(region, state)),
    ),
    DescribeAddresses: {
      handle: (input: Input, call: Call) => ({
        Addresses: itemsOf(
          filtered(world.state(call.accountId).regions.get(call.region)?.addresses ?? [], input.Filters),
        ),
      }),
    },
  };
}
