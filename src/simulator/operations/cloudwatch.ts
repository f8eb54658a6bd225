/** GetMetricData and GetMetricStatistics over what the accounts hold: NAT traffic, bucket sizes, Storage Lens rows. */
import type { AccountState } from '../account-state.ts';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type Call, type Input, type ServiceOperations } from '../handler.ts';

type Metric = {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { Name: string; Value: string }[];
};

type Query = {
  readonly Id: string;
  readonly Label?: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: Metric; readonly Period: number };
};

type Datapoint = { readonly at: Date; readonly value: number };

const dayMs = 86_400_000;
const datapointsPerCall = 1440;

export function cloudwatchOperations(world: SimulatedWorld): ServiceOperations {
  return {
    GetMetricData: {
      page: { items: 'MetricDataResults', inToken: 'NextToken', outToken: 'NextToken', max: 500 },
      handle: (input: Input, call: Call) => {
        const queries: readonly Query[] = input.MetricDataQueries;
        if (queries.length > 500)
          throw new AwsError(
            'ValidationError',
            'The collection MetricDataQueries must not have a size greater than 500.',
          );
        const days = daysOf(input.StartTime, input.EndTime);
        const state = world.state(call.accountId);
        return {
          MetricDataResults: queries.flatMap(({ Id, Expression, MetricStat }) => {
            if (MetricStat === undefined) return search(Id, Expression ?? '', state, call, days);
            const points = datapoints(MetricStat.Metric, state, call, days);
            return [
              {
                Id,
                Label: MetricStat.Metric.MetricName,
                StatusCode: 'Complete',
                Timestamps: points.map(({ at }) => at),
                Values: points.map(({ value }) => value),
              },
            ];
          }),
        };
      },
    },
    GetMetricStatistics: {
      handle: (input: Input, call: Call) => {
        const days = daysOf(input.StartTime, input.EndTime);
        if (days.length > datapointsPerCall)
          throw new AwsError(
            'InvalidParameterCombination',
            `You have requested up to ${days.length} datapoints, which exceeds the limit of ${datapointsPerCall}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
          );
        const points = datapoints(input, world.state(call.accountId), call, days);
        const statistics: readonly string[] = input.Statistics;
        const toDatapoint = ({ at, value }: Datapoint): object => ({
          Timestamp: at,
          ...Object.fromEntries(statistics.map((statistic) => [statistic, value])),
          Unit: input.MetricName === 'NumberOfObjects' ? 'Count' : 'Bytes',
        });
        // Like AWS, in no order.
        const isEven = (_point: Datapoint, index: number): boolean => index % 2 === 0;
        const isOdd = (_point: Datapoint, index: number): boolean => index % 2 === 1;
        return {
          Label: input.MetricName,
          Datapoints: [...points.filter(isOdd), ...points.filter(isEven)].map(toDatapoint),
        };
      },
    },
  };
}

/** Full days of the window, newest first. */
function daysOf(start: Date, end: Date): Date[] {
  const days: Date[] = [];
  for (let at = end.getTime() - dayMs; at >= start.getTime(); at -= dayMs) days.push(new Date(at));
  return days;
}

function datapoints(
  { Namespace, MetricName, Dimensions = [] }: Metric,
  state: AccountState,
  { region, now }: Call,
  days: readonly Date[],
): Datapoint[] {
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  const value = metric(state, region, Namespace, MetricName, dimensions);
  if (value === undefined) return [];
  // A gateway has datapoints only since it exists; storage metrics come a day late.
  const nat = state.regions
    .get(region)
    ?.natGateways.find(({ NatGatewayId }) => NatGatewayId === dimensions['NatGatewayId']);
  const since = nat?.CreateTime?.getTime() ?? 0;
  const late = Namespace === 'AWS/S3' ? dayMs : 0;
  const shown = days.filter((day) => day.getTime() >= since && day.getTime() + late < Date.parse(now));
  return shown.map((at) => ({ at, value }));
}

function metric(
  state: AccountState,
  region: string,
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
): number | undefined {
  if (namespace === 'AWS/NATGateway') {
    const bytes = state.regions.get(region)?.natBytesPerDay.get(dimensions['NatGatewayId'] ?? '');
    if (bytes === undefined || Object.keys(dimensions).length !== 1) return undefined;
    // Mostly downloads; what comes in on one side goes out on the other.
    return bytes * (name === 'BytesInFromDestination' || name === 'BytesOutToSource' ? 0.8 : 0.2);
  }
  if (namespace !== 'AWS/S3') return undefined;
  const bucket = state.buckets.find(
    (candidate) => candidate.name === dimensions['BucketName'] && candidate.region === region,
  );
  if (bucket === undefined) return undefined;
  if (name === 'NumberOfObjects' && dimensions['StorageType'] === 'AllStorageTypes') return bucket.objects;
  return name === 'BucketSizeBytes' && dimensions['StorageType'] === 'StandardStorage'
    ? bucket.standardBytes
    : undefined;
}

/** The one form of SEARCH that is asked: rows of a Storage Lens metric by bucket. */
function search(
  Id: string,
  Expression: string,
  state: AccountState,
  { region }: Call,
  days: readonly Date[],
): object[] {
  const [, name] =
    /^SEARCH\('Namespace="AWS\/S3\/Storage-Lens" MetricName="(\w+)" record_type="BUCKET"', 'Average', 86400\)$/.exec(
      Expression,
    ) ?? [];
  if (name === undefined) throw new AwsError('ValidationError', `The simulator cannot evaluate ${Expression}`);
  const rows = state.buckets.flatMap((bucket) => {
    const value = name === 'NonCurrentVersionStorageBytes' ? bucket.noncurrentBytes : bucket.staleUploadBytes;
    return bucket.region !== region || value === undefined ? [] : [{ bucket: bucket.name, value }];
  });
  return rows.map(({ bucket, value }) => ({
    Id,
    Label: bucket,
    StatusCode: 'Complete',
    Timestamps: days,
    Values: days.map(() => value),
  }));
}
