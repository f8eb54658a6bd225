import check from '../../../checks/vpc/public-ipv4-idle-or-excess.ts';
import { address, networkInterface } from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';

const idle = address();
const held = (id: string) => ({ associationId: 'eipassoc-0123456789abcdef0', networkInterfaceId: id });

testCheck(check, {
  clean: [
    {
      name: 'in use by an attached interface',
      resources: {
        'ec2.address': [address(held('eni-1'))],
        'ec2.network-interface': [networkInterface('subnet-a', { id: 'eni-1' })],
      },
    },
    {
      name: 'brought along by the customer',
      resources: { 'ec2.address': [address({ publicIpv4Pool: 'ipv4pool-ec2-0123456789abcdef0' })] },
    },
    {
      name: 'managed by a load balancer',
      resources: { 'ec2.address': [address({ serviceManaged: 'nlb' })] },
    },
    {
      name: 'held by an interface that is not listed here',
      resources: { 'ec2.address': [address(held('eni-elsewhere'))] },
    },
  ],
  findings: [
    {
      name: 'associated with nothing',
      resources: { 'ec2.address': [idle] },
      expect: [
        {
          resourceId: idle.id,
          severity: 'low',
          summary: /203\.0\.113\.10 is associated with nothing/,
          savableUsage: [{ sku: 'public-ipv4.hour', quantity: 730, unit: 'hour' }],
        },
      ],
    },
    {
      name: 'held by a detached interface',
      resources: {
        'ec2.address': [address(held('eni-1'))],
        'ec2.network-interface': [
          networkInterface('subnet-a', { id: 'eni-1', isAttached: false, attachedTo: undefined }),
        ],
      },
      expect: [{ resourceId: idle.id, summary: /eni-1, which is attached to nothing/ }],
    },
  ],
});
