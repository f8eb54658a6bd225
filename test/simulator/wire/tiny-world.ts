/** A hand-made world of one account and one role, and clients that talk to a simulator of it. */
import { onTestFinished } from 'vitest';
import type { Fault } from '../../../src/simulator/faults.ts';
import type { ServiceOperations } from '../../../src/simulator/handler.ts';
import { AwsError } from '../../../src/simulator/handler.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/simulator/server.ts';
import type { World } from '../../../src/simulator/world.ts';

export const managementAccountId = '111111111111';
export const memberAccountId = '222222222222';
export const memberRoleArn = `arn:aws:iam::${memberAccountId}:role/costwarden-audit`;

function tinyWorld(operations: Partial<World['operations']>): World {
  const none: ServiceOperations = {};
  return {
    managementAccountId,
    baseAccessKeyId: 'AKIASIMULATED0000001',
    assumeRole({ roleArn, externalId }) {
      if (roleArn !== memberRoleArn || externalId === 'wrong')
        throw new AwsError('AccessDenied', 'User is not authorized to perform: sts:AssumeRole', 403);
      return { accountId: memberAccountId, roleName: 'costwarden-audit' };
    },
    isSuspended: () => false,
    isRegionEnabled: (_accountId, region) => region !== 'me-south-1',
    // Services that the test does not name know no operation.
    operations: new Proxy(operations, {
      get: (named, service) => Reflect.get(named, service) ?? none,
    }) as World['operations'],
  };
}

/** A running simulator that ends with the test. */
export async function simulate(
  operations: Partial<World['operations']>,
  options: Omit<SimulatorOptions, 'world'> & { faults?: readonly Fault[] } = {},
): Promise<Simulator> {
  const { faults = [], ...rest } = options;
  const simulator = await startSimulator({ world: tinyWorld(operations), ...rest });
  for (const fault of faults) simulator.faults.add(fault);
  onTestFinished(() => simulator.close());
  return simulator;
}

/** Configuration of a client with the base key. One attempt, so that an error is seen as it was sent. */
export function baseClient(simulator: Simulator, region = 'us-east-1') {
  return {
    endpoint: simulator.url,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: simulator.world.baseAccessKeyId, secretAccessKey: 'simulated' },
  };
}

/** Name, message and status of the error that a call ends with. */
export async function errorOf(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: number | undefined; error: unknown }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, status: $metadata?.httpStatusCode, error };
  }
  throw new Error('the call succeeded');
}

export const vpcs = Array.from({ length: 12 }, (_, index) => ({
  VpcId: `vpc-${index}`,
  OwnerId: managementAccountId,
  IsDefault: index === 0,
}));

/** EC2 with one paged list. */
export const vpcOperations: ServiceOperations = {
  DescribeVpcs: {
    page: { items: 'Vpcs', inToken: 'NextToken', outToken: 'NextToken', size: 'MaxResults', max: 1000 },
    handle: () => ({ Vpcs: vpcs }),
  },
};
