/**
 * How much the conditions of a statement narrow it. Operators are ANDed: the strongest class counts;
 * values are ORed: the weakest. Judged for identity policies, where principal keys are about the principal itself.
 */
import type { PolicyStatement } from '../model/resources/iam.ts';
import { globToRegExp } from './expand.ts';

/** From weak to strong. `dead` = can never be true: the statement grants nothing. */
export const conditionClasses = ['none', 'tautology', 'region', 'exists', 'mfa', 'narrowing', 'dead'] as const;
export type ConditionClass = (typeof conditionClasses)[number];

export type ConditionContext = {
  readonly accountId: string;
  readonly principalArn: string;
  readonly principalTags: Readonly<Record<string, string>>;
  readonly principalType: 'role' | 'user';
  /** ISO time. */
  readonly now: string;
};

type Condition = PolicyStatement['conditions'][number];

/** Keys that are part of every request, so that a bare `*` asks nothing. */
const alwaysPresent = new Set([
  'aws:requestedregion',
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principaltype',
  'aws:currenttime',
  'aws:epochtime',
  'aws:securetransport',
  'aws:userid',
  'iam:passedtoservice',
]);
/** A date further ahead than this is no limit. */
const farAheadMs = 31 * 86_400_000;
/** Share of the IPv4 space from which a list of ranges is the whole internet. */
const wholeInternetShare = 0.9;

export function classifyConditions(
  statement: Pick<PolicyStatement, 'conditions'>,
  context: ConditionContext,
): ConditionClass {
  let strongest: ConditionClass = 'none';
  for (const condition of statement.conditions) {
    const found = classifyCondition(condition, context);
    if (conditionClasses.indexOf(found) > conditionClasses.indexOf(strongest)) strongest = found;
  }
  return strongest;
}

/** Whether a statement of this class counts as unlimited when severity is judged. */
export function isOpen(conditionClass: ConditionClass): boolean {
  return (
    conditionClass === 'none' ||
    conditionClass === 'tautology' ||
    conditionClass === 'region' ||
    conditionClass === 'exists'
  );
}

function classifyCondition({ operator, key: rawKey, values }: Condition, context: ConditionContext): ConditionClass {
  const key = rawKey.toLowerCase();
  const [, quantifier = '', base = '', ifExists = ''] =
    /^(ForAllValues:|ForAnyValue:)?(.+?)(IfExists)?$/i.exec(operator) ?? [];
  const name = base.toLowerCase();
  const isOptional = ifExists !== '' || quantifier.toLowerCase() === 'forallvalues:';
  // True when the key is absent: whoever leaves it out is let in.
  if (isOptional && !alwaysPresent.has(key)) return 'tautology';
  if (name === 'null') return alwaysPresent.has(key) ? 'tautology' : 'exists';
  if (name === 'notipaddress') return coversInternet(values) ? 'narrowing' : 'tautology';
  if (name.includes('not')) return 'tautology';

  switch (key) {
    case 'aws:principalaccount':
      return values.some((value) => matches(name, value, context.accountId)) ? 'tautology' : 'dead';
    case 'aws:principalarn':
      return values.some((value) => matches(name, value, context.principalArn)) ? 'tautology' : 'dead';
    case 'aws:principalorgid':
    case 'aws:principalorgpaths':
      // The own organization's id is not known here; a principal of a foreign one would be a dead grant nobody writes.
      return 'tautology';
    case 'aws:resourceaccount':
      return values.some((value) => matches(name, value, context.accountId)) ? 'tautology' : 'narrowing';
    case 'aws:resourceorgid':
    case 'aws:resourceorgpaths':
    case 'aws:useragent':
      return 'tautology';
    case 'aws:securetransport':
      return values.some((value) => value.toLowerCase() === 'true') ? 'tautology' : 'dead';
    case 'aws:requestedregion':
      return values.some((value) => value === '*') ? 'tautology' : 'region';
    case 'aws:multifactorauthpresent':
      return values.some((value) => value.toLowerCase() === 'true') ? 'mfa' : 'tautology';
    case 'aws:multifactorauthage':
      return 'mfa';
    case 'aws:sourceip':
    case 'aws:vpcsourceip':
      return coversInternet(values) ? 'tautology' : 'narrowing';
    case 'aws:currenttime':
    case 'aws:epochtime':
      return classifyTime(name, values, context.now);
  }
  if (key.startsWith('aws:principaltag/')) {
    const tag = context.principalTags[rawKey.slice('aws:PrincipalTag/'.length)];
    return tag !== undefined && values.some((value) => matches(name, value, tag)) ? 'tautology' : 'dead';
  }
  const isWildcard =
    (name === 'stringlike' || name === 'arnlike' || name === 'arnequals') && values.some((value) => value === '*');
  if (isWildcard) return alwaysPresent.has(key) ? 'tautology' : 'exists';
  return 'narrowing';
}

function matches(operator: string, pattern: string, text: string): boolean {
  if (operator === 'stringlike' || operator.startsWith('arn')) return globToRegExp(pattern).test(text);
  return operator === 'stringequalsignorecase' ? pattern.toLowerCase() === text.toLowerCase() : pattern === text;
}

function classifyTime(operator: string, values: readonly string[], now: string): ConditionClass {
  const at = Date.parse(now);
  const times = values.map((value) => (/^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value)));
  if (operator.includes('lessthan')) {
    const last = Math.max(...times);
    if (last < at) return 'dead';
    return last - at > farAheadMs ? 'tautology' : 'narrowing';
  }
  if (operator.includes('greaterthan')) return Math.min(...times) <= at ? 'tautology' : 'dead';
  return 'narrowing';
}

/** Union of CIDR ranges against the IPv4 space; `::/0` is the whole internet too. */
function coversInternet(ranges: readonly string[]): boolean {
  const intervals: [number, number][] = [];
  for (const range of ranges) {
    if (range === '::/0' || range === '*') return true;
    const [address = '', bits = '32'] = range.split('/');
    const parts = address.split('.').map(Number);
    if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) continue;
    const size = 2 ** (32 - Number(bits));
    let start = 0;
    for (const part of parts) start = start * 256 + part;
    start = Math.floor(start / size) * size;
    intervals.push([start, start + size]);
  }
  intervals.sort(([a], [b]) => a - b);
  let covered = 0;
  let reached = 0;
  for (const [start, end] of intervals) {
    if (end <= reached) continue;
    covered += end - Math.max(start, reached);
    reached = end;
  }
  return covered / 2 ** 32 >= wholeInternetShare;
}
