import { GraphError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import { logOf } from '../core/refusal-reasons.ts';
import type { RequestLog } from '../http/handle.ts';
import { mask, maskValue } from './mask.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One JSON line each, as `LoggingConfig` of the functions says. Written to the stream: Lambda would wrap what `console` is told. */
export const logger = {
  info: (message: string, fields: Fields) => void process.stdout.write(lineOf('INFO', message, fields)),
  error: (message: string, fields: Fields) => void process.stderr.write(lineOf('ERROR', message, fields)),
};

/** Every field of every line goes through here, also those that somebody adds one day. */
function lineOf(level: 'INFO' | 'ERROR', message: string, fields: Fields): string {
  const line = { message, xray_trace_id: traceId(), ...fields };
  const masked = Object.entries(line).map(([name, value]) => [mask(name), maskValue(value, describe, name)]);
  const told = masked.filter(([, value]) => value !== undefined && value !== null && value !== '');
  const own = { level, timestamp: new Date().toISOString(), service: 'blocklist' };
  return `${JSON.stringify({ ...Object.fromEntries(told), ...own })}\n`;
}

/** Of the request that is being worked on, where it is traced. */
function traceId(): string | undefined {
  return /Root=([^;]+)/.exec(process.env._X_AMZN_TRACE_ID ?? '')?.[1];
}

export const requestLog: RequestLog = {
  request: (fields) => logger.info('request', fields),
  fault: (requestId, error) => logger.error('fault', { request_id: requestId, ...describe(error) }),
};

export const log: Log = {
  info: (message, fields) => logger.info(message, { ...fields }),
  problem: (message, fields) => logger.error(message, { ...fields }),
  fault: (message, error, fields) => logger.error(message, { ...fields, ...describe(error) }),
};

/** An error without its extra fields: the SDK's errors carry items, and items carry users. Of Graph's, not even the text. */
export function describe(error: unknown): { error_name: string; error_message: string; stack?: string } {
  if (!(error instanceof Error)) return { error_name: 'unknown', error_message: mask(String(error)) };
  const { reason, ...refusal } = error instanceof GraphError ? logOf(error) : { reason: error.message };
  const message = mask(reason);
  return {
    ...refusal,
    error_name: error.name,
    error_message: message,
    ...(error.stack === undefined ? {} : { stack: `${error.name}: ${message}${framesOf(error.stack)}` }),
  };
}

/** A stack begins with the text of its error. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => `\n${mask(line)}`)
    .join('');
}
