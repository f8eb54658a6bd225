/** Requests of REST-XML services (S3): the operation from method, path and sub-resource, the input from path and query. */
import { AwsError } from '../handler.ts';
import { membersOf } from './members.ts';
import type { OperationSchema } from './services.ts';

/** What a request must look like to be an operation's. */
type Route = {
  readonly operation: OperationSchema;
  readonly method: string;
  readonly hasBucket: boolean;
  readonly hasKey: boolean;
  /** Parts of the query string: a name, or a name and its value. */
  readonly literals: readonly (readonly [name: string, value: string | undefined])[];
};

const routes = new WeakMap<ReadonlyMap<string, OperationSchema>, readonly Route[]>();

export function routeRest(
  operations: ReadonlyMap<string, OperationSchema>,
  method: string,
  url: URL,
): { operation: OperationSchema; input: object } {
  const [, bucket = '', ...keyParts] = url.pathname.split('/');
  const key = decodeURIComponent(keyParts.join('/'));
  const { searchParams } = url;
  const best = routesOf(operations).find(
    (route) =>
      route.method === method &&
      route.hasBucket === (bucket !== '') &&
      route.hasKey === (key !== '') &&
      route.literals.every(([name, value]) =>
        value === undefined ? searchParams.has(name) : searchParams.get(name) === value,
      ),
  );
  if (best === undefined) throw new AwsError('MethodNotAllowed', `no operation for ${method} ${url.pathname}`, 405);
  const { operation } = best;
  const input: Record<string, unknown> = {};
  for (const { name, schema, httpQuery } of membersOf(operation.input)) {
    const text = httpQuery === undefined ? null : searchParams.get(httpQuery);
    if (text !== null) input[name] = schema.isNumericSchema() ? Number(text) : text;
  }
  if (bucket !== '') input['Bucket'] = decodeURIComponent(bucket);
  if (key !== '') input['Key'] = key;
  return { operation, input };
}

/** Those that ask for more of the query string first, for they are the more special ones. */
function routesOf(operations: ReadonlyMap<string, OperationSchema>): readonly Route[] {
  const known = routes.get(operations);
  if (known !== undefined) return known;
  const made = [...operations.values()]
    .flatMap((operation) => (operation.http === undefined ? [] : [toRoute(operation, operation.http)]))
    .sort((a, b) => b.literals.length - a.literals.length);
  routes.set(operations, made);
  return made;
}

function toRoute(operation: OperationSchema, { method, path }: NonNullable<OperationSchema['http']>): Route {
  const [template = '', query = ''] = path.split('?');
  return {
    operation,
    method,
    // The bucket is not in the trait's path: operations that have one take the first part of ours.
    hasBucket: membersOf(operation.input).some(({ name }) => name === 'Bucket'),
    hasKey: template.includes('{Key+}'),
    literals:
      query === ''
        ? []
        : query.split('&').map((literal) => {
            const [name = '', value] = literal.split('=');
            return [name, value];
          }),
  };
}
