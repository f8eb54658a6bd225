/** What the wire formats ask of the client's schemas, worked out once: a schema works it out anew at every question. */
import type { NormalizedSchema } from '@smithy/core/schema';

export type Member = {
  readonly name: string;
  readonly schema: NormalizedSchema;
  /** Name of its XML element. */
  readonly xmlName: string;
  /** Its name in query requests; EC2 spells some of them otherwise. */
  readonly queryName: string;
  readonly ec2Name: string;
  /** Travels as a header, not in the body. */
  readonly isHeader: boolean;
  /** Travels in the query string of REST requests, under this name. */
  readonly httpQuery: string | undefined;
};

/** A table that is made once per schema. */
export function perSchema<T>(make: (schema: NormalizedSchema) => T): (schema: NormalizedSchema) => T {
  const made = new WeakMap<NormalizedSchema, { readonly table: T }>();
  return (schema) => {
    let known = made.get(schema);
    if (known === undefined) {
      known = { table: make(schema) };
      made.set(schema, known);
    }
    return known.table;
  };
}

/** Members of a structure, in the order of the schema. */
export const membersOf = perSchema((schema): readonly Member[] =>
  [...schema.structIterator()].map(([name, member]) => toMember(name, member)),
);

/** Schema of the items of a list, or of the values of a map. */
export const itemOf = perSchema((schema) => schema.getValueSchema());

function toMember(name: string, schema: NormalizedSchema): Member {
  const traits = schema.getMergedTraits() as { xmlName?: string; ec2QueryName?: string; httpQuery?: string };
  const queryName = traits.xmlName ?? name;
  return {
    name,
    schema,
    xmlName: String(schema.getMemberTraits().xmlName ?? name),
    queryName,
    ec2Name: traits.ec2QueryName ?? queryName.charAt(0).toUpperCase() + queryName.slice(1),
    isHeader: schema.getMergedTraits().httpHeader !== undefined,
    httpQuery: traits.httpQuery,
  };
}
