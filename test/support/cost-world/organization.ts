/** The accounts of a world: few of them spend most of the money. */
import type { Chance } from './chance.ts';

export type WorldAccount = {
  readonly id: string;
  readonly kind: 'production' | 'staging' | 'development' | 'data' | 'shared' | 'sandbox';
  /** Weight of the account among all: how many series it has. */
  readonly weight: number;
  /** How large its series are. */
  readonly scale: number;
  /** Where it works; the first is home. */
  readonly regions: readonly string[];
};

export const usagePrefixes: Readonly<Record<string, string>> = {
  'us-east-1': '',
  'us-east-2': 'USE2-',
  'us-west-2': 'USW2-',
  'eu-west-1': 'EU-',
  'eu-west-2': 'EUW2-',
  'eu-central-1': 'EUC1-',
  'ap-southeast-1': 'APS1-',
  'ap-southeast-2': 'APS2-',
  'ap-northeast-1': 'APN1-',
  'ap-south-1': 'APS3-',
  'sa-east-1': 'SAE1-',
};
const homes = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'us-east-2', 'ap-southeast-1'];
/** Where nobody of the organization works: a bill from there is news. */
export const strangeRegions = ['ap-south-1', 'sa-east-1', 'ap-northeast-1', 'ap-southeast-2', 'eu-west-2'];

export function worldAccounts(count: number, chance: Chance): WorldAccount[] {
  const home = chance.pick(homes);
  return Array.from({ length: count }, (_, index) => {
    const kind =
      index === 0
        ? 'production'
        : chance.weighted([
            ['production', 30],
            ['staging', 15],
            ['development', 20],
            ['data', 12],
            ['shared', 13],
            ['sandbox', 10],
          ] as const);
    const isWorking = kind === 'production' || kind === 'data';
    return {
      id: String(chance.whole(100_000_000_000, 999_999_999_999)),
      kind,
      weight: 1 / (index + 2) ** 0.6,
      // Few large accounts: 60 % of spend in the first handful.
      scale: (isWorking ? 2.2 : 0.7) * (index < 3 ? 2 : 1) * Math.exp(0.3 * chance.normal()),
      regions: [home, ...chance.shuffled(homes.filter((region) => region !== home)).slice(0, chance.whole(0, 2))],
    };
  });
}

export function pickAccount(
  accounts: readonly WorldAccount[],
  chance: Chance,
  kinds?: readonly string[],
): WorldAccount {
  const fitting = accounts.filter(({ kind }) => kinds === undefined || kinds.includes(kind));
  const among = fitting.length > 0 ? fitting : accounts;
  return chance.weighted(among.map((account) => [account, account.weight] as const));
}
