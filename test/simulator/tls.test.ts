import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetBucketLocationCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { describe, expect, test } from 'vitest';
import { baseClient, errorOf, simulate, vpcOperations } from './wire/tiny-world.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const operations = {
  ec2: vpcOperations,
  s3: { GetBucketLocation: { handle: () => ({ LocationConstraint: 'eu-west-1' }) } },
};

function certificate(names: string): { key: string; cert: string } {
  const directory = mkdtempSync(join(tmpdir(), 'costwarden-tls-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  try {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const subject = ['-subj', '/CN=simulator', '-addext', `subjectAltName=${names}`, '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const trusting = (ca: string) => new NodeHttpHandler({ httpsAgent: new Agent({ ca, keepAlive: true }) });

describe.skipIf(!hasOpenssl)('HTTPS (needs the openssl command)', () => {
  test('is spoken at the address that the certificate names, to clients that trust it', async () => {
    const tls = certificate('IP:127.0.0.1,DNS:localhost');
    const simulator = await simulate(operations, { tls });
    expect(simulator.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const at = { ...baseClient(simulator), requestHandler: trusting(tls.cert) };
    expect((await new EC2Client(at).send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(5);
    const { LocationConstraint } = await new S3Client(at).send(new GetBucketLocationCommand({ Bucket: 'b' }));
    expect(LocationConstraint).toBe('eu-west-1');
  });

  test('is spoken at localhost when the certificate names no address', async () => {
    const tls = certificate('DNS:localhost');
    const simulator = await simulate(operations, { tls });
    expect(simulator.url).toMatch(/^https:\/\/localhost:\d+$/);
    const ec2 = new EC2Client({ ...baseClient(simulator), requestHandler: trusting(tls.cert) });
    expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(5);
  });

  test('is refused by a client that does not know the certificate', async () => {
    const simulator = await simulate(operations, { tls: certificate('IP:127.0.0.1') });
    const { message } = await errorOf(new EC2Client(baseClient(simulator)).send(new DescribeVpcsCommand({})));
    expect(message).toMatch(/self-signed certificate/);
    expect(simulator.journal.count()).toBe(0);
  });
});
