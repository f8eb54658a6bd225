/** True paging for every list: small pages, opaque tokens that belong to one request. */
import { hash } from 'node:crypto';
import { pageTokenError } from './faults.ts';
import type { Call, Input, Operation } from './handler.ts';
import type { List } from './lists.ts';
import type { ServiceName } from './world.ts';

export type PageOptions = {
  readonly service: ServiceName;
  /** Name of the operation. */
  readonly name: string;
  readonly pageSize: number;
  /** The page names itself as the next one. */
  readonly repeat: boolean;
};

export type Page = { readonly from: number; readonly hasNext: boolean };

/** Where a request may carry its page token. */
const tokenMembers = ['NextToken', 'nextToken', 'Marker', 'PaginationToken', 'ContinuationToken', 'NextPageToken'];

export function hasPageToken(input: Input): boolean {
  return tokenMembers.some((member) => input[member] !== undefined && input[member] !== '');
}

/**
 * Cuts the handler's whole list to the page that was asked for.
 * @returns the list itself and no page when the operation has none
 * @throws AwsError for a token of another request
 */
export function pageOf(
  operation: Operation,
  output: object,
  input: Input,
  call: Call,
  options: PageOptions,
): { readonly output: object; readonly page: Page | undefined } {
  const { page } = operation;
  if (page === undefined) return { output, page: ownPage(operation, input, output) };
  const members = typeof page.items === 'string' ? [page.items] : page.items;
  const lists = members.map((member) => ((output as Record<string, unknown>)[member] ?? []) as List<unknown>);
  const given: unknown = input[page.inToken] === '' ? undefined : input[page.inToken];
  const start = given === undefined ? 0 : startOf(given, ownerOf(input, page.inToken, call, options), options.service);
  const wanted = page.size === undefined ? undefined : (input[page.size] as number | undefined);
  const end = start + Math.max(1, Math.min(page.max, options.pageSize, wanted ?? page.max));

  const cut: Record<string, unknown> = { ...output };
  // Several lists are paged as if they were one.
  let length = 0;
  for (const [index, list] of lists.entries()) {
    cut[members[index] ?? ''] = list.slice(Math.max(0, start - length), Math.max(0, end - length));
    length += list.length;
  }
  const hasNext = end < length;
  if (hasNext) {
    const next = options.repeat && start > 0 ? start : end;
    cut[page.outToken] = tokenAt(next, ownerOf(input, page.inToken, call, options));
  } else if (page.outToken === 'PaginationToken') {
    // The tagging API ends its lists with an empty token.
    cut[page.outToken] = '';
  }
  if (page.truncated !== undefined) cut[page.truncated] = hasNext;
  return { output: cut, page: { from: start, hasNext } };
}

/** Page of an operation that cuts its list itself. */
function ownPage({ cutsItself }: Operation, input: Input, output: object): Page | undefined {
  if (cutsItself === undefined) return undefined;
  const from = input[cutsItself.inToken] === undefined ? 0 : offsetOf(input[cutsItself.inToken]);
  return { from, hasNext: (output as Record<string, unknown>)[cutsItself.outToken] !== undefined };
}

/** What a token is bound to: everything of the request but the token. */
function ownerOf(input: Input, inToken: string, call: Call, { service, name }: PageOptions): string {
  const rest = Object.entries(input as object).filter(([key]) => key !== inToken);
  return hash('sha256', JSON.stringify([call.accountId, call.region, service, name, rest])).slice(0, 12);
}

export function tokenAt(offset: number, owner = ''): string {
  return Buffer.from(`${offset}.${owner}`).toString('base64url');
}

/** @returns `NaN` for what is no token of ours */
export function offsetOf(token: unknown): number {
  const [offset = ''] = textOf(token).split('.');
  return /^\d+$/.test(offset) ? Number(offset) : Number.NaN;
}

function startOf(token: unknown, owner: string, service: ServiceName): number {
  const offset = offsetOf(token);
  if (Number.isNaN(offset) || textOf(token).split('.')[1] !== owner) throw pageTokenError(service);
  return offset;
}

function textOf(token: unknown): string {
  return Buffer.from(typeof token === 'string' ? token : '', 'base64url').toString();
}
