/** Bodies of the JSON protocols, timestamps converted by the client's schema (seconds since 1970 on the wire). */
import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../handler.ts';
import { itemOf, membersOf, perSchema } from './members.ts';

const membersByName = perSchema((schema) => new Map(membersOf(schema).map((member) => [member.name, member.schema])));

export function decodeJson(schema: NormalizedSchema, body: string): object {
  const json: unknown = body === '' ? {} : JSON.parse(body);
  return fromWire(schema, json) as object;
}

export function encodeJson(schema: NormalizedSchema, value: object): string {
  return JSON.stringify(toWire(schema, value));
}

function fromWire(schema: NormalizedSchema, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (schema.isTimestampSchema()) return new Date(typeof value === 'number' ? value * 1000 : (value as string));
  if (schema.isListSchema()) return (value as unknown[]).map((item) => fromWire(itemOf(schema), item));
  if (schema.isMapSchema()) return mapValues(value as object, (item) => fromWire(itemOf(schema), item));
  if (!schema.isStructSchema()) return value;
  const members = membersByName(schema);
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value as object)) {
    const member = members.get(name);
    if (member === undefined) throw new AwsError('ValidationException', `Unknown member ${name}`);
    result[name] = fromWire(member, item);
  }
  return result;
}

function toWire(schema: NormalizedSchema, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.getTime() / 1000;
  if (schema.isListSchema()) return (value as readonly unknown[]).map((item) => toWire(itemOf(schema), item));
  if (schema.isMapSchema()) return mapValues(value as object, (item) => toWire(itemOf(schema), item));
  if (!schema.isStructSchema()) return value;
  const result: Record<string, unknown> = {};
  for (const { name, schema: member } of membersOf(schema)) {
    const item = (value as Record<string, unknown>)[name];
    if (item !== undefined) result[name] = toWire(member, item);
  }
  return result;
}

function mapValues(map: object, change: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
