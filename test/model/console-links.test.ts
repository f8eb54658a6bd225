import { expect, test } from 'vitest';
import { consoleLink } from '../../src/model/console-links.ts';

test('opens the resource in its own region', () => {
  expect(consoleLink('nat-gateway', { region: 'eu-west-1', id: 'nat-0aa11bb22cc33dd44' })).toBe(
    'https://eu-west-1.console.aws.amazon.com/vpcconsole/home?region=eu-west-1#NatGatewayDetails:natGatewayId=nat-0aa11bb22cc33dd44',
  );
});

test('opens what has no region where AWS keeps it', () => {
  expect(consoleLink('iam-role', { region: 'global', id: 'deploy' })).toBe(
    'https://us-east-1.console.aws.amazon.com/iam/home#/roles/details/deploy',
  );
});

test.each([
  ['us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/'],
  ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/'],
])('knows the console of %s', (region, start) => {
  expect(consoleLink('vpc', { region, id: 'vpc-1' })).toMatch(new RegExp(`^${start.replaceAll('.', '\\.')}`));
});

test('encodes what a name may hold', () => {
  const policy = consoleLink('iam-policy', { region: 'global', id: 'arn:aws:iam::111111111111:policy/app/read' });
  expect(policy).toMatch(/details\/arn%3Aaws%3Aiam%3A%3A111111111111%3Apolicy%2Fapp%2Fread$/);
  const hostile = new URL(consoleLink('s3-bucket-management', { region: 'us-east-1', id: 'a?b#c&d' }));
  expect(hostile.pathname).toBe('/s3/buckets/a%3Fb%23c%26d');
  expect(hostile.searchParams.get('tab')).toBe('management');
});
