/** Request bodies of the query protocols (`Filter.1.Value.2=…`) as input objects, by walking the client's schema. */
import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../handler.ts';

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

function toStruct(schema: NormalizedSchema, tree: Tree, isEc2: boolean): object {
  const result: Record<string, unknown> = {};
  const unread = new Set(tree.children.keys());
  for (const [name, member] of schema.structIterator()) {
    const { xmlName = name, ec2QueryName } = member.getMergedTraits() as { xmlName?: string; ec2QueryName?: string };
    const key = isEc2 ? (ec2QueryName ?? capital(xmlName)) : xmlName;
    const child = tree.children.get(key);
    if (child === undefined) continue;
    unread.delete(key);
    result[name] = toValue(member, child, isEc2);
  }
  const [unknown] = unread;
  if (unknown !== undefined)
    throw new AwsError(isEc2 ? 'UnknownParameter' : 'ValidationError', `The parameter ${unknown} is not recognized`);
  return result;
}

function toValue(schema: NormalizedSchema, tree: Tree, isEc2: boolean): unknown {
  if (schema.isListSchema()) {
    const member = schema.getValueSchema();
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

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
