/** What AWS's own advisers say about the simulated organization: about resources that are in it, and idle. */
import type { Planted } from './account-state.ts';
import type { SimulatedWorld } from './generate.ts';

/** `hub` = both are on; `compute-optimizer` = only that; `off` = neither. */
export type Advisers = 'hub' | 'compute-optimizer' | 'off';

export type IdleResource = {
  readonly accountId: string;
  readonly region: string;
  readonly id: string;
  readonly arn: string;
  readonly type: 'NatGateway' | 'EbsVolume';
  readonly tags: Readonly<Record<string, string>>;
  /** What it costs a month, and deleting it saves. */
  readonly usd: number;
};

const natUsd = 32.85;
export const volumeGib = 100;
const volumeUsd = 8;

/** A volume that Config records, and nobody has attached: one in every ten accounts, well tagged. */
export function recordedVolume(world: SimulatedWorld, index: number): Omit<IdleResource, 'type' | 'usd'> {
  const { id: accountId, name, team } = world.organization.account(index);
  const id = `vol-0${accountId.slice(0, 8)}`;
  const region = 'us-east-1';
  return {
    accountId,
    region,
    id,
    arn: `arn:aws:ec2:${region}:${accountId}:volume/${id}`,
    tags: { team, environment: 'production', service: name, 'cost-center': 'eng-100' },
  };
}

/** Indexes of the accounts that have a recorded volume. */
export function* accountsWithVolume({ organization }: SimulatedWorld): Iterable<number> {
  for (let index = 0; index < organization.size; index += 10) yield index;
}

/** In accounts that still exist. */
export function idleResources(world: SimulatedWorld): IdleResource[] {
  const { organization } = world;
  const isOpen = (accountId: string): boolean =>
    organization.account(organization.indexOf(accountId) ?? 0).state === 'ACTIVE';
  const volumes = [...accountsWithVolume(world)].map(
    (index): IdleResource => ({ ...recordedVolume(world, index), type: 'EbsVolume', usd: volumeUsd }),
  );
  const gateways = world.idleGateways().map(
    ({ accountId, region, resourceId: id }): IdleResource => ({
      accountId,
      region,
      id,
      arn: `arn:aws:ec2:${region}:${accountId}:natgateway/${id}`,
      type: 'NatGateway',
      tags: {},
      usd: natUsd,
    }),
  );
  return [...volumes, ...gateways].filter(({ accountId }) => isOpen(accountId));
}

/** Both refresh once a day. */
export function refreshedAt(now: string): Date {
  return new Date(Date.parse(now.slice(0, 10)) - 5 * 3_600_000);
}

/** Accounts of the organization that are enrolled: all that exist. */
export function enrolledAccounts({ organization }: SimulatedWorld): string[] {
  const accounts = Array.from({ length: organization.size }, (_, index) => organization.account(index));
  return accounts.filter(({ state }) => state === 'ACTIVE').map(({ id }) => id);
}

/** Our own checks decide on gateways: AWS's word on those is not told a second time. */
export function plantedByAdvisers(world: SimulatedWorld): {
  readonly planted: Planted[];
  readonly nearMisses: Planted[];
} {
  const idle = world.advisers === 'off' ? [] : idleResources(world);
  const imported = (type: IdleResource['type']): Planted[] =>
    idle.flatMap(({ accountId, region, id: resourceId, type: its }) =>
      its === type ? [{ checkId: 'coh-import', accountId, region, resourceId }] : [],
    );
  const off = { checkId: 'compute-optimizer-or-coh-off', accountId: world.managementAccountId, region: 'global' };
  const hub = world.advisers === 'hub' ? [] : [{ ...off, resourceId: 'cost-optimization-hub' }];
  const optimizer = world.advisers === 'off' ? [{ ...off, resourceId: 'compute-optimizer' }] : [];
  return { planted: [...imported('EbsVolume'), ...hub, ...optimizer], nearMisses: imported('NatGateway') };
}
