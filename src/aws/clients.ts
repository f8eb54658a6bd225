/** Clients of the SDK: made when their first request may go, alike in all but region and credentials. */
import type { Client } from '@smithy/types';
import type { AccountCredentials } from './credentials.ts';
import type { HttpHandler } from './http.ts';
import { type Command, type Route, send, type Wire } from './send.ts';

/** Global services answer here, and it is the region of organization-wide reads. */
export const homeRegion = 'us-east-1';

/** A constructor of an SDK client, e.g. `EC2Client`. */
// biome-ignore lint/suspicious/noExplicitAny: every client has its own config type
export type ClientConstructor<C> = new (config: any) => C;

// biome-ignore lint/suspicious/noExplicitAny: generic over all clients
export type AnyClient = Client<any, any, any>;

/** For whom and where a client works. */
export type ClientOwner = Omit<Route, 'service' | 'deliver' | 'renew'> & { readonly credentials: AccountCredentials };

/**
 * Stands for a client that is made when its first request goes: calls that wait need none. Paginators ask what class
 * it is and call `send`, and so do we; nothing else of a client is used.
 */
export function gatedClient<C extends AnyClient>(
  type: ClientConstructor<C>,
  { credentials, ...where }: ClientOwner,
  wire: Wire,
  handler: HttpHandler,
): C {
  let real: C | undefined;
  const client = (): C => {
    real ??= new type({
      ...kindOf(type).settings,
      region: where.region,
      credentials: credentials.get,
      requestHandler: handler,
      // Retries are ours: the SDK's would bypass the bucket and give up on throttles.
      maxAttempts: 1,
      followRegionRedirects: false,
      systemClockOffset: handler.clockOffsetMs(),
    });
    return real;
  };
  const route: Route = {
    ...where,
    service: kindOf(type).service,
    deliver: (command, abortSignal) => client().send(command as never, { abortSignal }),
    renew: async (sentAt) => {
      await credentials.renew(sentAt);
      // The client keeps a copy: asked with force, it takes the new ones.
      await client().config.credentials({ forceRefresh: true });
    },
  };
  return Object.assign(Object.create(type.prototype as object) as C, {
    send: (command: Command) => send(command, route, wire),
    destroy: () => real?.destroy(),
  });
}

/** What all clients of a class have in common. */
type ClientKind = {
  /** Service id in lower case as in `config/limits.json`; only a client knows it. */
  readonly service: string;
  /** What a client finds in environment and shared files. */
  readonly settings: object;
};

/** Looking these up takes a client as long as making a request; there are thousands of clients in a run. */
const lookedUp = [
  'defaultsMode',
  'defaultUserAgentProvider',
  'disableS3ExpressSessionAuth',
  'requestChecksumCalculation',
  'responseChecksumValidation',
  'retryMode',
  'sigv4aSigningRegionSet',
  'useArnRegion',
  'useDualstackEndpoint',
  'useFipsEndpoint',
  'userAgentAppId',
];

const kinds = new WeakMap<object, ClientKind>();

function kindOf(type: ClientConstructor<AnyClient>): ClientKind {
  const known = kinds.get(type);
  if (known !== undefined) return known;
  const client = new type({ region: homeRegion, credentials: { accessKeyId: '-', secretAccessKey: '-' } });
  const config = client.config as Readonly<Record<string, unknown>> & { readonly serviceId?: string };
  const kind = {
    service: (config.serviceId ?? '').toLowerCase(),
    settings: Object.fromEntries(
      lookedUp.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])),
    ),
  };
  client.destroy();
  kinds.set(type, kind);
  return kind;
}
