/** CloudFormation types by the names that Cost Optimization Hub and Compute Optimizer have for them. */
const types: Readonly<Record<string, string>> = {
  auroradbclusterstorage: 'AWS::RDS::DBCluster',
  autoscalinggroup: 'AWS::AutoScaling::AutoScalingGroup',
  documentdbcluster: 'AWS::DocDB::DBCluster',
  dynamodbtable: 'AWS::DynamoDB::Table',
  ebsvolume: 'AWS::EC2::Volume',
  ec2autoscalinggroup: 'AWS::AutoScaling::AutoScalingGroup',
  ec2instance: 'AWS::EC2::Instance',
  ecsservice: 'AWS::ECS::Service',
  elasticachecluster: 'AWS::ElastiCache::CacheCluster',
  lambdafunction: 'AWS::Lambda::Function',
  memorydbcluster: 'AWS::MemoryDB::Cluster',
  natgateway: 'AWS::EC2::NatGateway',
  rdsdbinstance: 'AWS::RDS::DBInstance',
  rdsdbinstancestorage: 'AWS::RDS::DBInstance',
  sagemakerendpoint: 'AWS::SageMaker::Endpoint',
  workspaces: 'AWS::WorkSpaces::Workspace',
};

/** The two services write the same name with other capitals. Commitments, and what is newer than this list, have no type. */
export function cloudFormationType(awsType: string): string {
  return types[awsType.toLowerCase()] ?? `AWS::CostOptimizationHub::${awsType}`;
}
