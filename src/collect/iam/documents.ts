/** Policy documents as IAM sends them, turned into statements. The documents themselves are not kept. */
import { z } from 'zod';
import type { PolicyDocument, PolicyStatement } from '../../model/resources/iam.ts';

const text = z.string();
const oneOrMany = z.union([text, z.array(text)]).transform((value) => (Array.isArray(value) ? value : [value]));
/** Numbers and booleans appear as condition values and mean their text. */
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const conditionValues = z
  .union([scalar, z.array(scalar)])
  .transform((value) => (Array.isArray(value) ? value : [value]));
const principals = z
  .union([z.literal('*'), z.record(z.string(), oneOrMany)])
  .transform((value): Record<string, string[]> => (value === '*' ? { AWS: ['*'] } : value));

const statement = z.object({
  Sid: text.optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMany.optional(),
  NotAction: oneOrMany.optional(),
  Resource: oneOrMany.optional(),
  NotResource: oneOrMany.optional(),
  Principal: principals.optional(),
  NotPrincipal: principals.optional(),
  Condition: z.record(z.string(), z.record(z.string(), conditionValues)).optional(),
});
const document = z.object({
  Version: text.optional(),
  Statement: z.union([statement, z.array(statement)]).transform((value) => (Array.isArray(value) ? value : [value])),
});

/**
 * @param encoded URL-encoded (RFC 3986) JSON, as GetAccountAuthorizationDetails sends it
 * @throws Error when it is not a policy; the principal is then unknown, never harmless
 */
export function parsePolicy(encoded: string, about: Omit<PolicyDocument, 'version' | 'statements'>): PolicyDocument {
  let json: unknown;
  try {
    json = JSON.parse(encoded.trimStart().startsWith('{') ? encoded : decodeURIComponent(encoded));
  } catch (error) {
    throw new Error(`policy ${about.name} is not JSON`, { cause: error });
  }
  const parsed = document.safeParse(json);
  if (!parsed.success)
    throw new Error(`policy ${about.name} is not a policy document: ${parsed.error.issues[0]?.path.join('.')}`);
  return { ...about, version: parsed.data.Version, statements: parsed.data.Statement.map(toStatement) };
}

function toStatement(given: z.output<typeof statement>): PolicyStatement {
  const conditions = Object.entries(given.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
  );
  return {
    sid: given.Sid,
    effect: given.Effect === 'Allow' ? 'allow' : 'deny',
    actions: given.Action,
    notActions: given.NotAction,
    resources: given.Resource,
    notResources: given.NotResource,
    principals: given.Principal,
    notPrincipals: given.NotPrincipal,
    conditions,
  };
}
