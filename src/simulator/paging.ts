/** True paging for every list: small pages, opaque tokens that belong to one request. */
import { createHash } from 'node:crypto';
import { AwsError, type Call, type Input, type Operation } from './handler.ts';

const badTokens: Readonly<Record<string, string>> = {
  Marker: 'InvalidInput',
  PaginationToken: 'PaginationTokenExpiredException',
  ContinuationToken: 'InvalidArgument',
};

/** Cuts the handler's whole list to the page that was asked for. */
export function pageOf(
  operation: Operation,
  output: object,
  input: Input,
  call: Call,
  options: { name: string; pageSize: number; repeat: boolean },
): object {
  const { page } = operation;
  if (page === undefined) return output;
  const members = typeof page.items === 'string' ? [page.items] : page.items;
  const all = members.flatMap((member) =>
    (((output as Record<string, unknown>)[member] ?? []) as readonly unknown[]).map((item) => ({ member, item })),
  );
  const owner = ownerOf(input, page.inToken, call, options.name);
  const start = startOf(input[page.inToken], owner, page.inToken);
  const wanted = page.size === undefined ? undefined : (input[page.size] as number | undefined);
  const end = start + Math.max(1, Math.min(page.max, options.pageSize, wanted ?? page.max));
  const isMore = end < all.length;
  const next = options.repeat ? tokenAt(start === 0 ? end : start, owner) : tokenAt(end, owner);
  return {
    ...output,
    ...Object.fromEntries(
      members.map((member) => [
        member,
        all.slice(start, end).flatMap((entry) => (entry.member === member ? [entry.item] : [])),
      ]),
    ),
    ...(isMore ? { [page.outToken]: next } : page.outToken === 'PaginationToken' ? { [page.outToken]: '' } : {}),
    ...(page.truncated === undefined ? {} : { [page.truncated]: isMore }),
  };
}

function ownerOf(input: Input, inToken: string, call: Call, name: string): string {
  const rest = Object.entries(input as object).filter(([key]) => key !== inToken);
  return createHash('sha256')
    .update(JSON.stringify([call.accountId, call.region, name, rest]))
    .digest('hex')
    .slice(0, 12);
}

function tokenAt(offset: number, owner: string): string {
  return Buffer.from(`${offset}.${owner}`).toString('base64url');
}

function startOf(token: unknown, owner: string, inToken: string): number {
  if (token === undefined || token === '') return 0;
  const [offset = '', of] = Buffer.from(typeof token === 'string' ? token : '', 'base64url')
    .toString()
    .split('.');
  if (of !== owner || !/^\d+$/.test(offset))
    throw new AwsError(badTokens[inToken] ?? 'InvalidNextToken', 'The token is not valid for this request');
  return Number(offset);
}
