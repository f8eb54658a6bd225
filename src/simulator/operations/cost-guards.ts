/** What people have set up against surprises: AWS Budgets, and what AWS's own anomaly detection found. */
import type { Anomaly, GetAnomaliesRequest } from '@aws-sdk/client-cost-explorer';
import type { SimulatedWorld } from '../generate.ts';
import type { ServiceOperations } from '../handler.ts';

export function budgetsOperations(world: SimulatedWorld): ServiceOperations {
  return {
    DescribeBudgets: {
      page: { items: 'Budgets', inToken: 'NextToken', outToken: 'NextToken', size: 'MaxResults', max: 1000 },
      handle: (_, { accountId }) => ({ Budgets: accountId === world.managementAccountId ? [budgetOf(world)] : [] }),
    },
  };
}

/** One budget over everything, with a tenth to spare. */
function budgetOf(world: SimulatedWorld): object {
  let usdPerDay = 0;
  for (const line of world.ledger()) if (line.recordType === 'Usage') usdPerDay += line.usdPerDay;
  return {
    BudgetName: 'organization',
    BudgetType: 'COST',
    TimeUnit: 'MONTHLY',
    BudgetLimit: { Amount: String(Math.ceil((usdPerDay * 30.4 * 1.1) / 100) * 100), Unit: 'USD' },
  };
}

export function anomalyOperations(world: SimulatedWorld): ServiceOperations {
  return {
    GetAnomalies: {
      cutsItself: { inToken: 'NextPageToken', outToken: 'NextPageToken' },
      handle: ({ DateInterval }: GetAnomaliesRequest, { now }) => ({
        Anomalies: anomaliesOf(world, now).filter(
          ({ AnomalyStartDate = '' }) => AnomalyStartDate >= (DateInterval?.StartDate ?? ''),
        ),
      }),
    },
  };
}

/** Id of the anomaly that nobody has answered, and the account it is in. */
export function unansweredAnomaly({ organization }: SimulatedWorld): { id: string; accountId: string } {
  return {
    id: '5f0c1a6e-7c57-4a3f-9a53-1f2f5b1c0d01',
    accountId: organization.account(Math.min(1, organization.size - 1)).id,
  };
}

function anomaliesOf(world: SimulatedWorld, now: string): Anomaly[] {
  const { id, accountId } = unansweredAnomaly(world);
  const common = {
    AnomalyScore: { MaxScore: 0.9, CurrentScore: 0.9 },
    MonitorArn: `arn:aws:ce::${world.managementAccountId}:anomalymonitor/0d9ad1a1-4a1c-4d0e-8a6a-2f3f1b8c7e10`,
  };
  const cause = (service: string, usageType: string) => [
    { Service: service, Region: 'us-east-1', LinkedAccount: accountId, UsageType: usageType },
  ];
  return [
    {
      ...common,
      AnomalyId: id,
      AnomalyStartDate: daysBefore(now, 12),
      AnomalyEndDate: daysBefore(now, 9),
      DimensionValue: 'Amazon Relational Database Service',
      RootCauses: cause('Amazon Relational Database Service', 'InstanceUsage:db.r6g.2xlarge'),
      Impact: { MaxImpact: 330, TotalImpact: 912.4 },
    },
    {
      ...common,
      AnomalyId: '5f0c1a6e-7c57-4a3f-9a53-1f2f5b1c0d02',
      AnomalyStartDate: daysBefore(now, 20),
      AnomalyEndDate: daysBefore(now, 18),
      DimensionValue: 'AWS Glue',
      RootCauses: cause('AWS Glue', 'ETL-DPU-Hour'),
      Impact: { MaxImpact: 500, TotalImpact: 1200 },
      Feedback: 'PLANNED_ACTIVITY',
    },
  ];
}

function daysBefore(now: string, days: number): string {
  return new Date(Date.parse(now) - days * 86_400_000).toISOString().slice(0, 10);
}
