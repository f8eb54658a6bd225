/** Output objects as XML, by walking the client's schema. */
import type { NormalizedSchema } from '@smithy/core/schema';

/** Members of a structure, without the element around them. */
export function structToXml(schema: NormalizedSchema, value: object): string {
  let xml = '';
  for (const [name, member] of schema.structIterator()) {
    const item = (value as Record<string, unknown>)[name];
    if (item === undefined || item === null) continue;
    const { httpHeader } = member.getMergedTraits();
    if (httpHeader !== undefined) continue;
    xml += memberToXml(member, item, member.getMemberTraits().xmlName ?? name);
  }
  return xml;
}

function memberToXml(schema: NormalizedSchema, value: unknown, name: string): string {
  if (schema.isListSchema()) {
    const items = value as readonly unknown[];
    const itemSchema = schema.getValueSchema();
    if (schema.getMergedTraits().xmlFlattened) return items.map((item) => memberToXml(itemSchema, item, name)).join('');
    const itemName = itemSchema.getMergedTraits().xmlName ?? 'member';
    return element(name, items.map((item) => memberToXml(itemSchema, item, itemName)).join(''));
  }
  if (schema.isMapSchema()) {
    const entries = Object.entries(value as object).map(([key, item]) =>
      element('entry', element('key', escapeXml(key)) + memberToXml(schema.getValueSchema(), item, 'value')),
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
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}
