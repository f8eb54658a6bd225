/** Output objects as XML, by walking the client's schema. */
import type { NormalizedSchema } from '@smithy/core/schema';
import { itemOf, membersOf } from './members.ts';

/** Members of a structure, without the element around them. */
export function structToXml(schema: NormalizedSchema, value: object): string {
  let xml = '';
  for (const { name, schema: member, xmlName, isHeader } of membersOf(schema)) {
    const item = (value as Record<string, unknown>)[name];
    if (item === undefined || item === null || isHeader) continue;
    xml += memberToXml(member, item, xmlName);
  }
  return xml;
}

function memberToXml(schema: NormalizedSchema, value: unknown, name: string): string {
  if (typeof value === 'string') return element(name, escapeXml(value));
  if (schema.isListSchema()) {
    const items = value as readonly unknown[];
    const itemSchema = itemOf(schema);
    const isFlat = Boolean(schema.getMergedTraits().xmlFlattened);
    const itemName = isFlat ? name : String(itemSchema.getMergedTraits().xmlName ?? 'member');
    let xml = '';
    for (const item of items) xml += memberToXml(itemSchema, item, itemName);
    return isFlat ? xml : element(name, xml);
  }
  if (schema.isMapSchema()) {
    const entries = Object.entries(value as object).map(([key, item]) =>
      element('entry', element('key', escapeXml(key)) + memberToXml(itemOf(schema), item, 'value')),
    );
    return element(name, entries.join(''));
  }
  if (schema.isStructSchema()) return element(name, structToXml(schema, value as object));
  return element(name, escapeXml(value instanceof Date ? value.toISOString() : String(value)));
}

export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

export function escapeXml(text: string): string {
  // Hardly any text has something to escape.
  if (!/[&<>"\r]/.test(text)) return text;
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}
