/** Requests of REST-XML services (S3): the operation from method, path and sub-resource, the input from path and query. */
import { AwsError } from '../handler.ts';
import type { OperationSchema } from './services.ts';

export function routeRest(
  operations: ReadonlyMap<string, OperationSchema>,
  method: string,
  url: URL,
): { operation: OperationSchema; input: object } {
  const [, bucket = '', ...keyParts] = url.pathname.split('/');
  const key = decodeURIComponent(keyParts.join('/'));
  let best: { operation: OperationSchema; literals: number } | undefined;
  for (const operation of operations.values()) {
    if (operation.http?.method !== method) continue;
    const [path = '', query = ''] = operation.http.path.split('?');
    const inputs = new Set([...operation.input.structIterator()].map(([name]) => name));
    // The bucket is not in the trait's path: operations that have one take the first part of ours.
    if (inputs.has('Bucket') !== (bucket !== '') || path.includes('{Key+}') !== (key !== '')) continue;
    const literals = query === '' ? [] : query.split('&');
    const isMatch = literals.every((literal) => {
      const [name = '', value] = literal.split('=');
      return url.searchParams.has(name) && (value === undefined || url.searchParams.get(name) === value);
    });
    if (isMatch && (best === undefined || literals.length > best.literals))
      best = { operation, literals: literals.length };
  }
  if (best === undefined) throw new AwsError('MethodNotAllowed', `no operation for ${method} ${url.pathname}`, 405);
  const input: Record<string, unknown> = {};
  for (const [name, member] of best.operation.input.structIterator()) {
    const { httpQuery } = member.getMergedTraits();
    const text = httpQuery === undefined ? null : url.searchParams.get(httpQuery);
    if (text !== null) input[name] = member.isNumericSchema() ? Number(text) : text;
  }
  if (bucket !== '') input['Bucket'] = decodeURIComponent(bucket);
  if (key !== '') input['Key'] = key;
  return { operation: best.operation, input };
}
