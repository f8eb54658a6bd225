/** Which exemption, if any, covers a finding today. */
import type { Exemption } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { matchesGlob } from '../model/glob.ts';

/** @param now ISO time; an exemption holds through the whole of its last day (UTC) */
export function exemptionFor(finding: Finding, exemptions: readonly Exemption[], now: string): Exemption | undefined {
  const today = now.slice(0, 10);
  return exemptions.find((exemption) => exemption.until >= today && covers(exemption, finding));
}

function covers(exemption: Exemption, finding: Finding): boolean {
  if (!matchesGlob(exemption.check, finding.checkId)) return false;
  if (exemption.account !== undefined && exemption.account !== finding.accountId) return false;
  if (exemption.resource !== undefined) {
    const { resource } = exemption;
    if (!matchesGlob(resource, finding.resourceId) && !matchesGlob(resource, finding.resourceArn)) return false;
  }
  return exemption.tag === undefined || hasTag(exemption.tag, finding);
}

function hasTag(expression: string, finding: Finding): boolean {
  const separator = expression.indexOf('=');
  if (separator === -1) return Object.hasOwn(finding.tags, expression);
  return finding.tags[expression.slice(0, separator)] === expression.slice(separator + 1);
}
