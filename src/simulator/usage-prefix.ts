/** How usage types name the regions of the simulated organization. */
const prefixes: Readonly<Record<string, string>> = {
  'us-east-1': '',
  'us-west-2': 'USW2-',
  'eu-west-1': 'EU-',
  'eu-central-1': 'EUC1-',
  'ap-southeast-1': 'APS1-',
  'ap-southeast-3': 'APS4-',
};

/** As AWS bills it in the region; what is not usage of a region stays as it is. */
export function usageTypeIn(region: string, usageType: string): string {
  return `${prefixes[region] ?? ''}${usageType}`;
}
