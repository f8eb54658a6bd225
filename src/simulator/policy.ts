/** Judges requests by a policy document, as far as our own generated roles need: actions, resources, a few conditions. */

export type PolicyDocument = {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Action?: string | readonly string[];
    readonly NotAction?: string | readonly string[];
    readonly Resource?: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  }[];
};

export type PolicyRequest = {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
};

export function isAllowed(policy: PolicyDocument, request: PolicyRequest): boolean {
  let isGranted = false;
  for (const statement of policy.Statement) {
    const { Action, NotAction, Resource, Condition } = statement;
    const isAction =
      Action !== undefined
        ? matchesAny(Action, request.action, true)
        : NotAction !== undefined && !matchesAny(NotAction, request.action, true);
    if (!isAction || !matchesAny(Resource ?? '*', request.resource, false)) continue;
    const holds = Object.entries(Condition ?? {}).every(([operator, keys]) => isTrue(operator, keys, request.context));
    if (!holds) continue;
    if (statement.Effect === 'Deny') return false;
    isGranted = true;
  }
  return isGranted;
}

/** Operators that are not known here never hold: too little is granted rather than too much. */
function isTrue(
  operator: string,
  keys: Readonly<Record<string, string | readonly string[]>>,
  context: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(keys).every(([key, values]) => {
    const actual = context[key.toLowerCase()];
    if (actual === undefined) return false;
    if (operator === 'StringEquals') return list(values).includes(actual);
    if (operator === 'StringLike') return matchesAny(values, actual, false);
    return false;
  });
}

function matchesAny(patterns: string | readonly string[], text: string, ignoreCase: boolean): boolean {
  return list(patterns).some((pattern) => compiled(pattern, ignoreCase).test(text));
}

/** Every request is judged by the same few hundred patterns. */
const exact = new Map<string, RegExp>();
const caseless = new Map<string, RegExp>();

function compiled(pattern: string, ignoreCase: boolean): RegExp {
  const known = ignoreCase ? caseless : exact;
  const found = known.get(pattern);
  if (found !== undefined) return found;
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const made = new RegExp(`^${escaped}$`, ignoreCase ? 'is' : 's');
  known.set(pattern, made);
  return made;
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/** Operations whose IAM action is not named like them. Service Authorization Reference, read 2026-11-23. */
const renamed: Readonly<Record<string, string>> = {
  's3:ListBuckets': 's3:ListAllMyBuckets',
  'budgets:DescribeBudgets': 'budgets:ViewBudget',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetBucketReplication': 's3:GetReplicationConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
};

export function iamActionOf(prefix: string, operation: string): string {
  return renamed[`${prefix}:${operation}`] ?? `${prefix}:${operation}`;
}
