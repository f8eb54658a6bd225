/** What an operation of the simulated AWS is: a function from decoded input to the output object of the SDK. */
import type { World } from './world.ts';

export type Call = {
  readonly world: World;
  /** Account of the caller, from its access key. */
  readonly accountId: string;
  /** Region of the signature scope. */
  readonly region: string;
  /** ARN of the caller, as GetCallerIdentity would say it. */
  readonly callerArn: string;
  /** Server clock, ISO 8601. */
  readonly now: string;
};

/** An error as AWS answers it; the wire layer gives it the protocol's shape. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Decoded input members under their SDK names (`Filters`, `MaxResults`, …). */
// biome-ignore lint/suspicious/noExplicitAny: the schema, not TypeScript, says what an input holds
export type Input = any;

export type Operation = {
  /**
   * How the list is paged. The wire layer cuts `items` into pages and fills the token; the handler returns all of it,
   * as arrays or as `List`s that are made as they are read.
   */
  readonly page?: {
    /** Output member that holds the list, e.g. `Vpcs`; several are paged as one list (GetAccountAuthorizationDetails). */
    readonly items: string | readonly string[];
    /** Input and output member of the token. */
    readonly inToken: string;
    readonly outToken: string;
    /** Input member with the wanted page size, if any. */
    readonly size?: string;
    /** Largest (and default) page AWS gives. The simulator's own page size can make it smaller. */
    readonly max: number;
    /** Output member that says whether more follows, e.g. `IsTruncated`. */
    readonly truncated?: string;
  };
  /** The handler pages its list itself, with tokens of `tokenAt`. */
  readonly cutsItself?: { readonly inToken: string; readonly outToken: string };
  readonly handle: (input: Input, call: Call) => object | Promise<object>;
};

/** Operations of one service by SDK operation name, e.g. `DescribeVpcs`. */
export type ServiceOperations = Readonly<Record<string, Operation>>;
