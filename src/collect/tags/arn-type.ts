/** CloudFormation type of an ARN, for the services whose resources people tag most; `service:resource` for others. */
const types: Readonly<Record<string, string>> = {
  'ec2:vpc': 'AWS::EC2::VPC',
  'ec2:subnet': 'AWS::EC2::Subnet',
  'ec2:route-table': 'AWS::EC2::RouteTable',
  'ec2:natgateway': 'AWS::EC2::NatGateway',
  'ec2:internet-gateway': 'AWS::EC2::InternetGateway',
  'ec2:vpc-endpoint': 'AWS::EC2::VPCEndpoint',
  'ec2:network-interface': 'AWS::EC2::NetworkInterface',
  'ec2:elastic-ip': 'AWS::EC2::EIP',
  'ec2:instance': 'AWS::EC2::Instance',
  'ec2:volume': 'AWS::EC2::Volume',
  'ec2:snapshot': 'AWS::EC2::Snapshot',
  'ec2:security-group': 'AWS::EC2::SecurityGroup',
  'lambda:function': 'AWS::Lambda::Function',
  'rds:db': 'AWS::RDS::DBInstance',
  'rds:cluster': 'AWS::RDS::DBCluster',
  'dynamodb:table': 'AWS::DynamoDB::Table',
  'ecs:cluster': 'AWS::ECS::Cluster',
  'ecs:service': 'AWS::ECS::Service',
  'elasticloadbalancing:loadbalancer': 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'logs:log-group': 'AWS::Logs::LogGroup',
  'kms:key': 'AWS::KMS::Key',
  'secretsmanager:secret': 'AWS::SecretsManager::Secret',
};

/** Services whose ARN is the resource's name alone. */
const plain: Readonly<Record<string, string>> = {
  s3: 'AWS::S3::Bucket',
  sqs: 'AWS::SQS::Queue',
  sns: 'AWS::SNS::Topic',
};

export function typeOfArn(arn: string): string {
  const [, , service = '', , , ...rest] = arn.split(':');
  const resource = rest.join(':').split(/[:/]/)[0] ?? '';
  return plain[service] ?? types[`${service}:${resource}`] ?? `${service}:${resource}`;
}
