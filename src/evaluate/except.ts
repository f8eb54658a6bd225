/** The common options `exceptTags` and `exceptResources`: resources an operator never wants to hear of. */
import type { CommonOptions } from '../check.ts';
import { matchesGlob } from '../model/glob.ts';
import type { Tags } from '../model/scope.ts';

export function isExcepted(
  resource: { readonly id: string; readonly arn: string; readonly tags?: Tags | undefined },
  common: CommonOptions,
): boolean {
  for (const [key, value] of Object.entries(common.exceptTags)) {
    const actual = resource.tags?.[key];
    if (actual !== undefined && matchesGlob(value, actual)) return true;
  }
  return common.exceptResources.some((glob) => matchesGlob(glob, resource.id) || matchesGlob(glob, resource.arn));
}
