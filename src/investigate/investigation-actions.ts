/** Permissions of the investigation, in the role only where a check asks for it. */
import type { Investigation } from '../model/finding.ts';
import type { ScopeKind } from '../model/scope.ts';

type InvestigationActions = {
  /** Whose role makes the calls: `region` = the audit role of each account, `payer` = the worker's own. */
  readonly scope: ScopeKind;
  readonly iamActions: readonly string[];
};

export const investigationActions: Readonly<Record<Investigation, InvestigationActions>> = {
  changes: { scope: 'region', iamActions: ['cloudtrail:LookupEvents'] },
  'resource-costs': { scope: 'payer', iamActions: ['ce:GetCostAndUsageWithResources'] },
};
