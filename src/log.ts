/** The logger: JSON on stderr, because stdout belongs to results. Secrets are scrubbed from fields and error texts. */
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/** Slack tokens, AWS access keys, and webhook addresses, wherever they stand in a text. */
const secrets = /xox[a-z]-[\w-]+|xapp-[\w-]+|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|https:\/\/hooks\.slack\.com\/\S+/g;

export function scrub(text: string): string {
  return text.replace(secrets, '[redacted]');
}

export function createLogger(options: { level: string; version: string; stream?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: { service: 'costwarden', version: options.version },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['token', '*.token', '*.secret', 'credentials', '*.credentials', '*.authorization'],
        censor: '[redacted]',
      },
      serializers: { err: serializeError },
    },
    options.stream ?? destination({ dest: 2, sync: true }),
  );
}

/** pino's redaction does not look inside texts, and AWS puts ids of keys into messages. */
function serializeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: scrub(String(error)) };
  const cause = error.cause === undefined ? {} : { cause: serializeError(error.cause) };
  return { type: error.name, message: scrub(error.message), stack: scrub(error.stack ?? ''), ...cause };
}
