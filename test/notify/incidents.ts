/** Findings that tell an incident, as the check and the price stage leave them. */
import { explainIncident } from '../../src/anomaly/explanation.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { CostIncident } from '../../src/model/resources/cost.ts';
import { finding, saving } from '../support/findings.ts';
import { incidentEvidence } from '../support/incidents.ts';

export function incidentFinding(
  incident: CostIncident,
  overrides: Partial<Finding> = {},
  seeAlso: string | null = null,
): Finding {
  return finding({
    checkId: 'cost-anomaly',
    title: 'Unusual spend',
    severity: 'high',
    resourceId: incident.id,
    resourceArn: incident.arn,
    resourceType: incident.type,
    tags: {},
    summary: explainIncident(incident).headline,
    evidence: incidentEvidence(incident, seeAlso),
    saving: saving(incident.monthlyRunRateUsd),
    overlap: `incident:${incident.id}`,
    owner: { name: 'payments', via: 'tag:team', slack: '#payments' },
    fix: {
      summary: 'Ask the owner: stop it, or say that it was planned.',
      consoleUrl: 'https://us-east-1.console.aws.amazon.com/costmanagement/home#/cost-explorer',
    },
    ...overrides,
  });
}
