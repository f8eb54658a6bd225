import { consoleLink, defineCheck, z } from 'costwarden/check';
import { gatewayEndpoints, interfaceEndpoint, isServed, networkKinds, ownVpcs } from './network-model.ts';

export default defineCheck({
  id: 'vpc-ecr-endpoint-triple-incomplete',
  title: 'ECR endpoints are incomplete',
  severity: 'low',

  needs: networkKinds,

  options: z.strictObject({}),

  docs: {
    why: 'A pull needs ecr.api (token), ecr.dkr (manifests) and S3 (layers). With one missing, image layers go through NAT, or pulls fail where there is no NAT.',
    fix: 'Add the missing member. The S3 gateway endpoint carries the bytes and is free; the two interface endpoints are for isolation, not for saving.',
    sources: ['ECR user guide, Interface VPC endpoints', 'VPC user guide, Gateway endpoints for Amazon S3'],
  },

  *evaluate({ inventory, account, region, now }) {
    for (const view of ownVpcs(inventory, account.id)) {
      const own = view.endpoints.filter(
        ({ endpointType, state, serviceRegion }) =>
          endpointType === 'interface' && state === 'available' && serviceRegion === region,
      );
      const present = ['ecr.api', 'ecr.dkr'].filter((service) => own.some((endpoint) => endpoint.service === service));
      // None of them: pulls are meant to go another way, which vpc-missing-s3-gateway-endpoint judges.
      if (present.length === 0) continue;

      // It completes the three as well, for a price per GB.
      const paid = interfaceEndpoint(view, 's3', region);
      const s3 = gatewayEndpoints(view, 's3', now);
      const pulling = view.subnets.filter(({ kind, workloads }) => workloads > 0 && kind !== 'public');
      const unserved = pulling.filter((subnet) => !isServed(subnet, s3));
      const missing = ['ecr.api', 'ecr.dkr'].filter((service) => !present.includes(service));
      if (paid === undefined && (s3.length === 0 || unserved.length > 0)) missing.push('s3 (gateway)');
      if (missing.length === 0) continue;

      const hasNatPath = view.subnets.some(({ kind }) => kind === 'nat' || kind === 'central');
      // Public subnets pull through the internet gateway, whatever the endpoints.
      const isCutOff = !hasNatPath && view.subnets.some(({ kind }) => kind === 'isolated');
      yield {
        resource: view.vpc,
        severity: isCutOff ? 'high' : 'low',
        summary: `${view.vpc.id} has ${present.join(' and ')} but lacks ${missing.join(' and ')}${isCutOff ? ': image pulls fail, because there is no NAT path' : ''}`,
        evidence: {
          vpcId: view.vpc.id,
          present,
          missing,
          hasNatPath,
          unservedSubnetIds: unserved.map(({ subnet }) => subnet.id),
        },
        // The bytes are layers from S3, priced by the findings on the S3 endpoint; ECR endpoints never pay by volume.
        savableUsage: undefined,
        fix: { consoleUrl: consoleLink('vpc-endpoint-create', { region, id: view.vpc.id }) },
      };
    }
  },
});
