/** GetMetricData over what the accounts hold: NAT traffic, bucket sizes, Storage Lens rows. */
import type { AccountState } from '../account-state.ts';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type Call, type Input, type ServiceOperations } from '../handler.ts';

type Query = {
  readonly Id: string;
  readonly Label?: string;
  readonly Expression?: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly { Name: string; Value: string }[];
    };
    readonly Period: number;
  };
};

const dayMs = 86_400_000;

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
          MetricDataResults: queries.flatMap((query) =>
            query.Expression === undefined ? [seriesOf(query, state, call, days)] : search(query, state, call, days),
          ),
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

function seriesOf(
  { Id, MetricStat }: Query,
  state: AccountState,
  { region, now }: Call,
  days: readonly Date[],
): object {
  const { Namespace = '', MetricName = '', Dimensions = [] } = MetricStat?.Metric ?? {};
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  const value = metric(state, region, Namespace, MetricName, dimensions);
  // A gateway has datapoints only since it exists; storage metrics come a day late.
  const nat = state.regions
    .get(region)
    ?.natGateways.find(({ NatGatewayId }) => NatGatewayId === dimensions['NatGatewayId']);
  const since = nat?.CreateTime?.getTime() ?? 0;
  const late = Namespace === 'AWS/S3' ? dayMs : 0;
  const shown =
    value === undefined ? [] : days.filter((day) => day.getTime() >= since && day.getTime() + late < Date.parse(now));
  return { Id, Label: MetricName, StatusCode: 'Complete', Timestamps: shown, Values: shown.map(() => value) };
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
  { Id, Expression = '' }: Query,
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
