/**
 * How much the conditions of a statement narrow it. Operators are ANDed: the strongest class counts;
 * values are ORed: the weakest. Judged for identity policies, where principal keys are about the principal itself.
 */
import type { PolicyStatement } from '../model/resources/iam.ts';
import { fillVariables, hasVariable, isPrincipalKey, principalValue, type Subject } from './variables.ts';
import { matchesWildcards } from './wildcards.ts';

/** From weak to strong. `dead` = can never be true: the statement grants nothing. */
export const conditionClasses = ['none', 'tautology', 'region', 'exists', 'mfa', 'narrowing', 'dead'] as const;
export type ConditionClass = (typeof conditionClasses)[number];

export type ConditionContext = {
  readonly subject: Subject;
  /** A person can show a second factor; for a workload the question says nothing about how far it reaches. */
  readonly isHuman: boolean;
  /** Of the policy: decides whether variables are variables. */
  readonly policyVersion: string | undefined;
  /** ISO time. */
  readonly now: string;
};

type Statement = Pick<PolicyStatement, 'actions' | 'conditions'>;
type Condition = PolicyStatement['conditions'][number];
type Operator = {
  /** Lower case, without the negation, the quantifier and IfExists: `stringlike`. */
  readonly name: string;
  readonly isNegated: boolean;
  /** True when the key is absent: whoever leaves it out is let in. */
  readonly isOptional: boolean;
};

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
  'aws:viaawsservice',
  'aws:principalisawsservice',
]);
/** A date further ahead than this is no limit. */
const farAheadMs = 31 * 86_400_000;
/** Share of the IPv4 space from which a list of ranges is the whole internet. */
const wholeInternetShare = 0.9;

export function classifyConditions(statement: Statement, context: ConditionContext): ConditionClass {
  let strongest: ConditionClass = 'none';
  for (const condition of statement.conditions) {
    const found = classifyCondition(condition, statement, context);
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

function classifyCondition(condition: Condition, statement: Statement, context: ConditionContext): ConditionClass {
  const key = condition.key.toLowerCase();
  const operator = parseOperator(condition.operator);
  const values = condition.values.map((value) => fillVariables(value, context.policyVersion, context.subject));
  if (isPrincipalKey(key)) return classifyPrincipalKey(key, operator, values, context);
  const { name, isNegated, isOptional } = operator;
  const isPresent = alwaysPresent.has(key) || (key === 'iam:passedtoservice' && isPassRoleOnly(statement));
  if (name === 'null') {
    if (!isPresent) return 'exists';
    return values.some(isFalse) ? 'tautology' : 'dead';
  }
  // A role's temporary credentials always say whether a second factor was shown; a user's keys do not.
  const isMfaOfRole = key === 'aws:multifactorauthpresent' && context.subject.principalType === 'role';
  if (isOptional && !isPresent && !isMfaOfRole) return 'tautology';
  if (isNegated) return name === 'ipaddress' && ipv4Share(values) >= wholeInternetShare ? 'narrowing' : 'tautology';
  if (values.length === 0) return 'dead';
  const isWildcard = /^(stringlike|arnlike|arnequals)$/.test(name) && values.some((value) => /^\*+$/.test(value));

  switch (key) {
    // The own organization's id is not known here; a grant for a foreign one is written by nobody.
    case 'aws:principalorgid':
    case 'aws:principalorgpaths':
    case 'aws:resourceorgid':
    case 'aws:resourceorgpaths':
    // Whoever calls chooses these two.
    case 'aws:useragent':
    case 'aws:securetransport':
      return 'tautology';
    case 'aws:resourceaccount':
      return isMatch(operator, values, context.subject.accountId) ? 'tautology' : 'narrowing';
    case 'aws:viaawsservice':
    case 'aws:principalisawsservice':
      // A direct call of the principal is neither.
      return values.some(isFalse) ? 'tautology' : 'narrowing';
    case 'aws:requestedregion':
      return isWildcard ? 'tautology' : 'region';
    case 'aws:multifactorauthpresent':
      return values.some(isFalse) || !context.isHuman ? 'tautology' : 'mfa';
    case 'aws:multifactorauthage':
      return context.isHuman ? 'mfa' : 'tautology';
    case 'aws:sourceip':
    case 'aws:vpcsourceip':
      return coversInternet(values) ? 'tautology' : 'narrowing';
    case 'aws:currenttime':
    case 'aws:epochtime':
      return classifyTime(name, values, context.now);
  }
  if (isWildcard) return isPresent ? 'tautology' : 'exists';
  return 'narrowing';
}

function parseOperator(text: string): Operator {
  const [, quantifier = '', base = '', ifExists = ''] =
    /^(forallvalues:|foranyvalue:)?(.+?)(ifexists)?$/.exec(text.toLowerCase()) ?? [];
  return {
    name: base.replace('not', ''),
    isNegated: base.includes('not'),
    isOptional: ifExists !== '' || quantifier === 'forallvalues:',
  };
}

/** Questions about the principal itself have an answer: always yes, or never. */
function classifyPrincipalKey(
  key: string,
  operator: Operator,
  values: readonly string[],
  context: ConditionContext,
): ConditionClass {
  const own = principalValue(key, context.subject);
  if (operator.name === 'null') return values.some(own === undefined ? isTrue : isFalse) ? 'tautology' : 'dead';
  if (own === undefined) return operator.isOptional || operator.isNegated ? 'tautology' : 'dead';
  if (values.some((value) => hasVariable(value, context.policyVersion))) return 'tautology';
  return isMatch(operator, values, own) === operator.isNegated ? 'dead' : 'tautology';
}

function isMatch({ name }: Operator, patterns: readonly string[], text: string): boolean {
  if (name === 'stringlike' || name.startsWith('arn'))
    return patterns.some((pattern) => matchesWildcards(pattern, text));
  if (name === 'stringequalsignorecase')
    return patterns.some((pattern) => pattern.toLowerCase() === text.toLowerCase());
  return patterns.includes(text);
}

/** The key is in every request of iam:PassRole and in no other. */
function isPassRoleOnly({ actions = [] }: Statement): boolean {
  return actions.length > 0 && actions.every((action) => action.toLowerCase() === 'iam:passrole');
}

function isTrue(value: string): boolean {
  return value.toLowerCase() === 'true';
}

function isFalse(value: string): boolean {
  return value.toLowerCase() === 'false';
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

/** `::/0` is the whole internet too. */
function coversInternet(ranges: readonly string[]): boolean {
  return ranges.includes('::/0') || ipv4Share(ranges) >= wholeInternetShare;
}

/** Part of the IPv4 space that the union of the ranges covers. */
function ipv4Share(ranges: readonly string[]): number {
  const intervals: [number, number][] = [];
  for (const range of ranges) {
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
  return covered / 2 ** 32;
}
