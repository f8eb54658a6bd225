/** Policy variables such as `${aws:username}`, filled with what is known of the principal. */
import type { Principal } from '../model/resources/iam.ts';

export type Subject = Pick<Principal, 'id' | 'accountId' | 'arn' | 'name' | 'tags' | 'principalType'>;

/** Only this version knows variables; in `2008-10-17`, and without a version, they are plain text. */
const versionWithVariables = '2012-10-17';

/** A variable that is not known here stays as it is; `hasVariable` tells. */
export function fillVariables(text: string, version: string | undefined, subject: Subject): string {
  if (version !== versionWithVariables) return text;
  return text.replaceAll(/\$\{([^}]+)\}/g, (variable, name: string) => principalValue(name, subject) ?? variable);
}

export function hasVariable(text: string, version: string | undefined): boolean {
  return version === versionWithVariables && /\$\{[^}*?$]+\}/.test(text);
}

/** What a condition key about the principal holds; `undefined` = the key is absent, or not about the principal. */
export function principalValue(key: string, subject: Subject): string | undefined {
  const name = key.toLowerCase();
  switch (name) {
    case 'aws:principalaccount':
      return subject.accountId;
    case 'aws:principalarn':
      return subject.arn;
    case 'aws:principaltype':
      return subject.principalType === 'user' ? 'User' : 'AssumedRole';
    case 'aws:username':
      return subject.principalType === 'user' ? subject.name : undefined;
  }
  // IAM keeps the case of a tag's key and ignores it.
  if (!name.startsWith(tagPrefix)) return undefined;
  const wanted = name.slice(tagPrefix.length);
  return Object.entries(subject.tags).find(([tag]) => tag.toLowerCase() === wanted)?.[1];
}

export function isPrincipalKey(key: string): boolean {
  const name = key.toLowerCase();
  return principalKeys.has(name) || name.startsWith(tagPrefix);
}

const tagPrefix = 'aws:principaltag/';
const principalKeys = new Set(['aws:principalaccount', 'aws:principalarn', 'aws:principaltype', 'aws:username']);
