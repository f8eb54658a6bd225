import { expect, test } from 'vitest';
import { typeOfArn } from '../../../src/collect/tags/arn-type.ts';

test.each([
  ['arn:aws:ec2:eu-west-1:222222222222:natgateway/nat-1', 'AWS::EC2::NatGateway'],
  ['arn:aws:lambda:eu-west-1:222222222222:function:shop', 'AWS::Lambda::Function'],
  ['arn:aws:rds:eu-west-1:222222222222:db:orders', 'AWS::RDS::DBInstance'],
  ['arn:aws:rds:eu-west-1:222222222222:cluster:orders', 'AWS::RDS::DBCluster'],
  ['arn:aws:dynamodb:eu-west-1:222222222222:table/orders', 'AWS::DynamoDB::Table'],
  ['arn:aws:s3:::assets', 'AWS::S3::Bucket'],
  ['arn:aws:sqs:eu-west-1:222222222222:queue', 'AWS::SQS::Queue'],
  ['arn:aws:logs:eu-west-1:222222222222:log-group:/aws/lambda/shop', 'AWS::Logs::LogGroup'],
  [
    'arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/app/web/50dc6c495c0c9188',
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
  ],
  ['arn:aws:elasticfilesystem:eu-west-1:222222222222:file-system/fs-1', 'elasticfilesystem:file-system'],
])('%s is of type %s', (arn, type) => {
  expect(typeOfArn(arn)).toBe(type);
});
