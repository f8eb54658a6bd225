/**
 * Endpoints that do not answer. A blip costs nothing: while an endpoint is in doubt its calls are held and a single
 * one probes it. One that stays silent is given up for a while, so that a dead region costs a run one wait and not
 * one for every account; what is asked of it meanwhile ends at once as `timeout`.
 */
import { CollectError } from '../errors.ts';

export type Endpoints = {
  /**
   * Leave to send one request to an endpoint (`ec2/eu-west-1`); to be ended by exactly one of the other functions.
   * @throws CollectError `timeout` when the endpoint is given up, or the signal's reason
   */
  admit(endpoint: string, signal: AbortSignal): Promise<void>;
  /** It answered, with whatever. */
  answered(endpoint: string): void;
  /**
   * No answer came: refused, reset, not resolved, silent.
   * @returns whether the endpoint is in doubt now: the fault is not the request's
   */
  silent(endpoint: string): boolean;
  /** The request was not made after all. */
  released(endpoint: string): void;
};

export type EndpointTimes = {
  /** Silence after which an endpoint is given up. */
  readonly patienceMs: number;
  /** Pause between two probes of one that is in doubt, and of one that was given up. */
  readonly probeMs: number;
  readonly probeGivenUpMs: number;
};

const defaultTimes: EndpointTimes = { patienceMs: 45_000, probeMs: 3000, probeGivenUpMs: 60_000 };
/** Requests in a row without an answer that put an endpoint in doubt. */
const silentLimit = 5;
/** Requests in flight to an endpoint that has never answered: a hung one must not take all slots. */
const unknownLimit = 8;

type Waiting = { readonly go: () => void; readonly giveUp: (error: Error) => void };
type Health = {
  hasAnswered: boolean;
  inFlight: number;
  silent: number;
  silentSince: number;
  probeAt: number;
  timer: NodeJS.Timeout | undefined;
  readonly waiting: Set<Waiting>;
};

export function createEndpoints(times: EndpointTimes = defaultTimes): Endpoints {
  const endpoints = new Map<string, Health>();
  const healthOf = (endpoint: string): Health => {
    const known = endpoints.get(endpoint);
    if (known !== undefined) return known;
    const fresh: Health = {
      hasAnswered: false,
      inFlight: 0,
      silent: 0,
      silentSince: 0,
      probeAt: 0,
      timer: undefined,
      waiting: new Set(),
    };
    endpoints.set(endpoint, fresh);
    return fresh;
  };
  const isDoubtful = (health: Health): boolean => health.silent >= silentLimit;
  const isGivenUp = (health: Health): boolean =>
    isDoubtful(health) && Date.now() - health.silentSince >= times.patienceMs;
  /** Whether one more request may go now; counts it when it may. */
  const enter = (health: Health): boolean => {
    if (isDoubtful(health)) {
      if (Date.now() < health.probeAt) return false;
      health.probeAt = Date.now() + times.probeMs;
    } else if (!health.hasAnswered && health.inFlight >= unknownLimit) return false;
    health.inFlight += 1;
    return true;
  };
  const wake = (endpoint: string, health: Health): void => {
    for (const waiting of health.waiting) {
      if (isGivenUp(health)) waiting.giveUp(givenUp(endpoint, health));
      else if (enter(health)) waiting.go();
      else break;
    }
    clearTimeout(health.timer);
    health.timer = undefined;
    if (health.waiting.size === 0 || !isDoubtful(health)) return;
    health.timer = setTimeout(() => wake(endpoint, health), Math.max(1, health.probeAt - Date.now()));
  };
  const leave = (endpoint: string, health: Health): void => {
    health.inFlight -= 1;
    if (health.waiting.size > 0) wake(endpoint, health);
  };

  return {
    async admit(endpoint, signal) {
      const health = healthOf(endpoint);
      if (enter(health)) return;
      if (isGivenUp(health)) throw givenUp(endpoint, health);
      await new Promise<void>((resolve, reject) => {
        const end = (finish: () => void): void => {
          health.waiting.delete(waiting);
          signal.removeEventListener('abort', abort);
          finish();
        };
        const abort = (): void => end(() => reject(signal.reason));
        const waiting: Waiting = { go: () => end(resolve), giveUp: (error) => end(() => reject(error)) };
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
        health.waiting.add(waiting);
        if (isDoubtful(health)) wake(endpoint, health);
      });
    },
    answered(endpoint) {
      const health = healthOf(endpoint);
      health.hasAnswered = true;
      health.silent = 0;
      leave(endpoint, health);
    },
    silent(endpoint) {
      const health = healthOf(endpoint);
      if (health.silent === 0) health.silentSince = Date.now();
      health.silent += 1;
      if (isGivenUp(health)) health.probeAt = Date.now() + times.probeGivenUpMs;
      else if (health.silent === silentLimit) health.probeAt = Date.now() + times.probeMs;
      leave(endpoint, health);
      return isDoubtful(health);
    },
    released(endpoint) {
      leave(endpoint, healthOf(endpoint));
    },
  };
}

function givenUp(endpoint: string, { silent, silentSince }: Health): CollectError {
  const [service, region] = endpoint.split('/');
  const seconds = Math.round((Date.now() - silentSince) / 1000);
  return new CollectError(
    `${service} in ${region} does not answer (${silent} requests in ${seconds} s): not asked for now`,
    { reason: 'timeout' },
  );
}
