import check from '../../../checks/org/audit-role-missing.ts';
import { accountAccess } from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';

const refusal = {
  isAssumed: false,
  errorCode: 'AccessDenied',
  errorMessage:
    'User: arn:aws:sts::999999999999:assumed-role/worker/run is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/costwarden-audit',
};

testCheck(check, {
  clean: [{ name: 'the role was assumed', resources: { 'account.access': [accountAccess()] } }],
  findings: [
    {
      name: 'the role was refused, in the words of STS',
      resources: { 'account.access': [accountAccess(refusal)] },
      expect: [
        {
          resourceId: 'arn:aws:iam::111111111111:role/costwarden-audit',
          severity: 'high',
          summary: /could not be assumed: AccessDenied/,
          evidence: { accountName: 'payments-prod', errorCode: 'AccessDenied', errorMessage: refusal.errorMessage },
          savableUsage: undefined,
        },
      ],
    },
  ],
  unknown: [{ name: 'STS did not answer', resources: {}, gaps: ['account.access'] }],
});
