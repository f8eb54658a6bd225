/** Resource patterns: which of them are as good as `*`, and which match a given ARN. */
import { globToRegExp } from './expand.ts';

/** `all` = any resource; a service name = any resource of that service; `limited` = less than that. */
export type ResourceReach = 'all' | 'limited' | { readonly service: string };

/** A pattern covers everything when each part after the service is `*`, empty, the own account, or `<type>/*`.
 *  In S3 what stands there is a bucket's name, not a type: `my-bucket/*` is one bucket. */
export function reachOf(pattern: string, accountId: string): ResourceReach {
  if (/^\*+$/.test(pattern)) return 'all';
  const [arn, , service = '', region = '', account = '', ...rest] = pattern.split(':');
  if (arn !== 'arn' && arn !== 'arn*') return 'limited';
  const isOpenPart = (part: string, also: string): boolean => part === '' || part === '*' || part === also;
  const resource = rest.join(':');
  const isOpenResource =
    /^(\*|\*[/:]\*)$/.test(resource) ||
    (service !== 's3' && (resource === '' || /^[A-Za-z0-9_-]+[/:]\*$/.test(resource)));
  if (!isOpenPart(region, '*') || !isOpenPart(account, accountId) || !isOpenResource) return 'limited';
  return service === '*' || service === '' ? 'all' : { service };
}

export function matchesArn(patterns: readonly string[] | undefined, arn: string): boolean {
  return (patterns ?? []).some((pattern) => globToRegExp(pattern).test(arn));
}
