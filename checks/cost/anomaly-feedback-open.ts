import { type AwsCostAnomaly, type CostIncident, consoleLink, defineCheck, z } from 'costwarden/check';

export default defineCheck({
  id: 'cost-anomaly-feedback-open',
  title: 'AWS found a cost anomaly that nobody has answered',
  severity: 'medium',

  scopes: ['payer'],
  needs: ['cost.aws-anomaly'],
  wants: ['cost.incident'],

  options: z.strictObject({
    minImpactUsd: z.number().nonnegative().default(100).describe('Ignore anomalies that cost less than this in all.'),
    highFromUsd: z.number().nonnegative().default(1000).describe('Total impact from which the severity is high.'),
  }),

  docs: {
    why: 'AWS Cost Anomaly Detection asks for feedback and learns from it; an anomaly without an answer has mostly not been looked at.',
    fix: 'Look at the anomaly, then tell AWS: an accurate one, a false one, or planned activity.',
    sources: ['Cost Management user guide, Detecting unusual spend', 'Cost Explorer API reference, GetAnomalies'],
  },

  *evaluate({ inventory, options }) {
    const incidents = inventory.list('cost.incident');
    for (const anomaly of inventory.list('cost.aws-anomaly')) {
      if (anomaly.feedback !== null || anomaly.impactUsd < options.minImpactUsd) continue;
      // What our own detection tells already is not told a second time.
      if (incidents.some((incident) => isSame(incident, anomaly))) continue;
      const { service, usageType, from, to, impactUsd } = anomaly;
      const impact = Math.round(impactUsd).toLocaleString('en-US');
      yield {
        resource: { ...anomaly, region: 'global' },
        accountId: anomaly.accountId,
        severity: impactUsd >= options.highFromUsd ? 'high' : 'medium',
        summary: `AWS saw $${impact} of unusual ${service} spend ${to === null ? `since ${from}` : `from ${from} to ${to}`} and has had no answer`,
        evidence: { service, usageType, region: anomaly.region, from, to, impactUsd, monitorArn: anomaly.monitorArn },
        // Spent already: answering saves nothing by itself.
        savableUsage: undefined,
        fix: { consoleUrl: consoleLink('cost-anomaly', { region: 'global', id: anomaly.id }) },
      };
    }
  },
});

function isSame({ series, onset, lastDay }: CostIncident, anomaly: AwsCostAnomaly): boolean {
  const isAtTheTime = onset <= (anomaly.to ?? '9999') && lastDay >= anomaly.from;
  const isThere = series.some(
    ({ accountId, service }) => accountId === anomaly.accountId && service === anomaly.service,
  );
  return isAtTheTime && isThere;
}
