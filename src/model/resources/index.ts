/** Every kind of record, by name. A new kind adds its interface here by extending one of these maps. */
import type { CostKinds } from './cost.ts';
import type { Ec2Kinds } from './ec2.ts';
import type { IamKinds } from './iam.ts';
import type { OptimizerKinds } from './optimizer.ts';
import type { OrganizationKinds } from './organization.ts';
import type { S3Kinds } from './s3.ts';
import type { TagKinds } from './tags.ts';

export type ResourceKinds = CostKinds & Ec2Kinds & IamKinds & OptimizerKinds & OrganizationKinds & S3Kinds & TagKinds;
