/** Resource patterns: which of them are as good as `*`, and which match a given ARN. */
import { matchesWildcards } from './wildcards.ts';

/** How far a pattern goes. */
export type Reach =
  | { readonly covers: 'all' }
  /** Every resource of the service, or every resource of one of its types (`role/*`). */
  | { readonly covers: 'service' | 'type'; readonly service: string }
  | { readonly covers: 'some' };

/** Services whose ARNs start with a name where others have a type: `my-bucket/*` is one bucket. A test derives the list. */
export const servicesNamedFirst: ReadonlySet<string> = new Set([
  'codepipeline',
  'execute-api',
  'mapcredits',
  'neptune-db',
  's3',
  'servicequotas',
  'sns',
]);

/** `*`, or pairs of type and `*`: `role/*`, `/restapis/*`, `log-group:*:log-stream:*`. */
const typePattern = /^\/?[A-Za-z][A-Za-z0-9_-]*[/:]\*(?:[/:](?:[A-Za-z][A-Za-z0-9_-]*[/:])?\*)*$/;

/** Every part after the service must be `*`, empty, the own account, or `<type>/*`. The partition does not matter. */
export function reachOf(pattern: string, accountId: string): Reach {
  if (isStar(pattern)) return { covers: 'all' };
  const parts = pattern.split(':');
  // A star that ends the pattern runs on over the colons that would follow.
  if (isStar(parts.at(-1) ?? '')) while (parts.length < 6) parts.push('*');
  const [arn = '', , service = '', region = '', account = '', ...rest] = parts;
  const isOpenRegion = region === '' || isStar(region);
  const isOpenAccount = account === '' || account === accountId || isStar(account);
  if (rest.length === 0 || !matchesWildcards(arn, 'arn') || !isOpenRegion || !isOpenAccount) return { covers: 'some' };
  const resource = rest.join(':');
  if (/^\/?\*+(?:[/:]\*)*$/.test(resource)) return isStar(service) ? { covers: 'all' } : { covers: 'service', service };
  if (!servicesNamedFirst.has(service) && typePattern.test(resource)) return { covers: 'type', service };
  return { covers: 'some' };
}

function isStar(part: string): boolean {
  return /^\*+$/.test(part);
}

export function matchesArn(patterns: readonly string[] | undefined, arn: string): boolean {
  return (patterns ?? []).some((pattern) => matchesWildcards(pattern, arn));
}
