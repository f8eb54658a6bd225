/**
 * The config file's schema, with every default. `read-config.ts` reads and explains a file.
 * Secrets never stand here: Slack tokens come from the environment.
 */
import { validate } from 'node-cron';
import { z } from 'zod';
import { severities } from './model/finding.ts';

const accountId = z.string().regex(/^\d{12}$/, 'an account id has 12 digits; put it in quotes');
const channel = z
  .string()
  .regex(/^(#[^\s#]+|[CGD][A-Z0-9]{6,})$/, 'a channel is `#name` or a Slack id such as C0123456789');
const cron = z
  .string()
  .refine((text) => validate(text), 'not a cron expression: five fields (minute hour day month weekday)');
const day = z.iso.date('a day is written YYYY-MM-DD');
const timezone = z.string().refine(isTimezone, 'not an IANA time zone such as Europe/Berlin');

const organization = z
  .strictObject({
    role: z
      .string()
      .regex(/^[\w+=,.@/-]{1,64}$/, 'the name of the audit role, without arn:')
      .default('costwarden-audit')
      .describe('Name of the role to assume in every member account.'),
    externalId: z.string().min(2).optional().describe('ExternalId that the trust policy of the role demands.'),
    include: z
      .strictObject({ ous: z.array(z.string()).default([]), accounts: z.array(accountId).default([]) })
      .prefault({})
      .describe('Only these units (id, name or path) and accounts; both empty = all.'),
    exclude: z
      .strictObject({
        ous: z.array(z.string()).default([]),
        accounts: z.array(accountId).default([]),
        states: z.array(z.string()).default(['SUSPENDED']),
      })
      .prefault({}),
  })
  .describe(
    'Audit the whole organization from its management or a delegated account. Left out: the current account only.',
  );

const exemption = z.strictObject({
  check: z.string().describe('Check id or glob.'),
  account: accountId.optional(),
  resource: z.string().optional().describe('Glob over resource id or ARN.'),
  tag: z.string().optional().describe('`key` or `key=value`.'),
  reason: z.string().min(3),
  until: day.describe('Last day it holds. An exemption always ends.'),
  by: z.string().min(1).describe('Who accepted it.'),
});

/** Becomes part of SQL, quoted; Athena knows no other names. */
const sqlName = z.string().regex(/^[\w-]{1,255}$/, 'letters, digits, _ and -, as Athena shows the name');

const athena = z
  .strictObject({
    database: sqlName,
    table: sqlName,
    workgroup: z
      .string()
      .regex(/^[\w.-]{1,128}$/, 'not the name of a workgroup')
      .default('primary'),
    outputLocation: z
      .string()
      .regex(/^s3:\/\/[a-z0-9.-]{3,63}(\/\S*)?$/, 'a place in S3, such as s3://bucket/prefix/')
      .optional()
      .describe('Where Athena puts results. Default: the query result location of the workgroup.'),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not a region name')
      .default('us-east-1')
      .describe('Where the table is.'),
    format: z.enum(['cur2', 'focus']).default('cur2').describe('CUR 2.0, or FOCUS 1.0 or 1.2 with AWS columns.'),
    maxScannedGb: z
      .number()
      .positive()
      .max(10_000)
      .default(10)
      .describe('A query that reads more is not made, or stopped. AWS bills $5 per TB.'),
  })
  .describe('A data export (CUR 2.0 or FOCUS) as a table in Athena.');

export const configSchema = z.strictObject({
  organization: organization.optional(),
  regions: z
    .union([z.literal('auto'), z.array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not a region name')).min(1)])
    .default('auto')
    .describe('`auto` = enabled regions with spend (all of them once a week); or a list.'),
  billing: z
    .strictObject({
      source: z
        .enum(['auto', 'cost-explorer', 'athena', 'files'])
        .default('auto')
        .describe(
          'Where daily cost comes from. `auto` = the data export where one is named (files before Athena), held against Cost Explorer with one request a run; else Cost Explorer.',
        ),
      viewArn: z
        .string()
        .regex(/^arn:aws[\w-]*:billing::\d{12}:billingview\/\S+$/, 'not the ARN of a billing view')
        .optional()
        .describe('Billing view that Cost Explorer is asked through, e.g. one that is shared with a FinOps account.'),
      athena: athena.optional(),
      files: z
        .string()
        .min(1)
        .optional()
        .describe(
          'A data export on disk (CUR 2.0 or FOCUS): a .parquet, .csv or .csv.gz file, or the folder of the export.',
        ),
    })
    .refine(({ source, athena }) => source !== 'athena' || athena !== undefined, {
      path: ['athena'],
      message: 'source: athena needs to know the table',
    })
    .refine(({ source, files }) => source !== 'files' || files !== undefined, {
      path: ['files'],
      message: 'source: files needs to know where they are',
    })
    .prefault({})
    .describe('Where the bill is read.'),
  schedule: z
    .strictObject({
      cron: cron.default('0 6 * * *'),
      timezone: timezone.default('UTC'),
      maxRunMinutes: z.number().int().positive().max(1440).default(120),
    })
    .prefault({}),
  checks: z
    .strictObject({
      enable: z.array(z.string()).default(['*']).describe('Ids or globs.'),
      disable: z.array(z.string()).default([]),
      options: z
        .record(z.string(), z.record(z.string(), z.unknown()))
        .default({})
        .describe('Options by check id; see the catalogue.'),
      plugins: z
        .array(z.string())
        .default([])
        .describe('Files or packages with checks of your own. They run as trusted code.'),
    })
    .prefault({}),
  tags: z
    .strictObject({
      required: z.array(z.string().min(1)).default(['team', 'environment', 'service', 'cost-center']),
      aliases: z.record(z.string(), z.array(z.string())).default({
        team: ['Team', 'owner', 'Owner', 'squad'],
        environment: ['Environment', 'env', 'Env', 'stage'],
        service: ['Service', 'app', 'application', 'project'],
        'cost-center': ['CostCenter', 'cost_center', 'costcentre', 'CostCentre'],
      }),
    })
    .prefault({}),
  owners: z
    .strictObject({
      tag: z.string().min(1).default('team'),
      map: z.record(z.string(), channel).default({}).describe('Value of the owner tag to channel.'),
      accounts: z.record(accountId, channel).default({}).describe('Account id to channel.'),
      default: channel.default('#cloud-costs'),
    })
    .prefault({}),
  notify: z
    .strictObject({
      slack: z
        .strictObject({
          apiUrl: z
            .url()
            .nullable()
            .default(null)
            .describe('Another address of the Slack Web API (a proxy, a test server).'),
          digest: cron
            .default('0 8 * * 1-5')
            .describe('Reserved for digests apart from runs; today a digest follows every run.'),
          immediate: z
            .strictObject({
              minSeverity: z.enum(severities).default('high'),
              minMonthlyUsd: z.number().nonnegative().default(100),
            })
            .prefault({})
            .describe('Reserved for messages apart from the digest.'),
          maxNewPerChannelPerDay: z
            .number()
            .int()
            .positive()
            .default(5)
            .describe('Reserved: today every digest tells all that is new.'),
        })
        .nullable()
        .default(null),
      s3: z.null().default(null),
      eventBridge: z.null().default(null),
      webhook: z.null().default(null),
    })
    .prefault({}),
  exemptions: z.array(exemption).default([]),
  limits: z
    .strictObject({
      share: z.number().positive().max(1).default(0.5).describe('Share of every AWS rate limit that a run may use.'),
      maxSelfCostUsd: z
        .number()
        .nonnegative()
        .default(0.5)
        .describe("USD that a run's own AWS bill may reach; paid calls beyond it are not made and become gaps."),
      concurrency: z.number().int().positive().max(512).default(64).describe('Requests in flight at once.'),
    })
    .prefault({}),
  state: z
    .union([
      z.strictObject({ file: z.string().min(1) }),
      z.strictObject({ dynamodb: z.strictObject({ table: z.string().min(3) }) }),
    ])
    .default({ file: './costwarden.db' }),
});

export type Config = z.output<typeof configSchema>;

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
