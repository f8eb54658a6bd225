/** Request bodies of the query protocols (`Filter.1.Value.2=…`) as input objects, by walking the client's schema. */
import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../handler.ts';
import { itemOf, type Member, membersOf, perSchema } from './members.ts';

/** Keys split at their dots. */
type Tree = { text?: string; readonly children: Map<string, Tree> };

export function decodeQuery(schema: NormalizedSchema, body: URLSearchParams, isEc2: boolean): object {
  const root: Tree = { children: new Map() };
  for (const [key, value] of body) {
    if (key === 'Action' || key === 'Version') continue;
    let node = root;
    for (const part of key.split('.')) {
      const child: Tree = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.text = value;
  }
  return toStruct(schema, root, isEc2);
}

/** Members by their key in the request; a schema belongs to one protocol. */
const ec2Members = perSchema((schema) => byKey(schema, ({ ec2Name }) => ec2Name));
const queryMembers = perSchema((schema) => byKey(schema, ({ queryName }) => queryName));

function byKey(schema: NormalizedSchema, keyOf: (member: Member) => string): ReadonlyMap<string, Member> {
  return new Map(membersOf(schema).map((member) => [keyOf(member), member]));
}

function toStruct(schema: NormalizedSchema, tree: Tree, isEc2: boolean): object {
  const members = isEc2 ? ec2Members(schema) : queryMembers(schema);
  const result: Record<string, unknown> = {};
  for (const [key, child] of tree.children) {
    const member = members.get(key);
    if (member === undefined)
      throw new AwsError(isEc2 ? 'UnknownParameter' : 'ValidationError', `The parameter ${key} is not recognized`);
    result[member.name] = toValue(member.schema, child, isEc2);
  }
  return result;
}

function toValue(schema: NormalizedSchema, tree: Tree, isEc2: boolean): unknown {
  if (schema.isListSchema()) {
    const member = itemOf(schema);
    const isFlat = isEc2 || schema.getMergedTraits().xmlFlattened !== undefined;
    const items = isFlat
      ? tree
      : (tree.children.get(String(member.getMergedTraits().xmlName ?? 'member')) ?? { children: new Map() });
    return [...items.children]
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, item]) => toValue(member, item, isEc2));
  }
  if (schema.isStructSchema()) return toStruct(schema, tree, isEc2);
  const text = tree.text ?? '';
  if (schema.isBooleanSchema()) return text === 'true';
  if (schema.isNumericSchema()) return Number(text);
  if (schema.isTimestampSchema()) return new Date(text);
  return text;
}
