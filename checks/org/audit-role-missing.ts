import { consoleLink, defineCheck, z } from 'costwarden/check';

export default defineCheck({
  id: 'org-audit-role-missing',
  title: 'Account cannot be audited',
  severity: 'high',

  scopes: ['global'],
  needs: ['account.access'],

  options: z.strictObject({}),

  docs: {
    why: 'What cannot be read cannot be found: nothing is known of the costs and risks of this account.',
    fix: 'Deploy the audit role to the account (the stack set of deploy/ does so for new accounts), with the trust and ExternalId of the worker.',
    sources: [
      'IAM user guide, Cross-account access with roles',
      'CloudFormation user guide, Service-managed stack sets',
    ],
  },

  *evaluate({ inventory, account }) {
    for (const access of inventory.list('account.access')) {
      if (access.isAssumed) continue;
      yield {
        resource: access,
        summary: `${access.arn} could not be assumed: ${access.errorCode}`,
        evidence: {
          accountId: account.id,
          accountName: account.name,
          roleArn: access.arn,
          errorCode: access.errorCode ?? null,
          errorMessage: access.errorMessage ?? null,
        },
        savableUsage: undefined,
        fix: { consoleUrl: consoleLink('organizations-account', { region: 'global', id: account.id }) },
      };
    }
  },
});
