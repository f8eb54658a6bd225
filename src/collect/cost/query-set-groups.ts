/** Services that can be asked together: no usage type in two of them. */

/** Services in one filter; Cost Explorer's limit is not published, the console allows more. */
const mostServices = 100;

export type ServiceGroup = {
  readonly services: readonly string[];
  /** By usage type. */
  readonly serviceOf: ReadonlyMap<string, string>;
};

/**
 * Few groups of services without a common usage type: the largest first, each into the first group it fits in. Services
 * that share usage types are few, so this is as good as the best.
 */
export function cutIntoGroups(usageTypes: ReadonlyMap<string, ReadonlySet<string>>): ServiceGroup[] {
  const groups: { services: string[]; serviceOf: Map<string, string> }[] = [];
  const largestFirst = [...usageTypes].sort(([a, as], [b, bs]) => bs.size - as.size || (a < b ? -1 : 1));
  for (const [service, own] of largestFirst) {
    const fits = groups.find(
      ({ services, serviceOf }) => services.length < mostServices && [...own].every((type) => !serviceOf.has(type)),
    );
    const group = fits ?? { services: [], serviceOf: new Map<string, string>() };
    if (fits === undefined) groups.push(group);
    group.services.push(service);
    for (const type of own) group.serviceOf.set(type, service);
  }
  return groups;
}
