import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '../core/ports.ts';
import type { RequestLog } from '../http/handle.ts';
import { mask } from './mask.ts';

/** One logger per container. Level and service name come from the variables of Powertools. */
export const logger = new Logger();

export const requestLog: RequestLog = {
  request: (fields) => logger.info('request', fields),
  fault: (requestId, error) => logger.error('fault', { request_id: requestId, ...describe(error) }),
};

export const log: Log = {
  info: (message, fields) => logger.info(message, { ...fields }),
  problem: (message, fields) => logger.error(message, { ...fields }),
  fault: (message, error, fields) => logger.error(message, { ...fields, ...describe(error) }),
};

/** An error without its extra fields: the SDK's errors carry items, and items carry users. */
export function describe(error: unknown): { error_name: string; error_message: string; stack?: string } {
  if (!(error instanceof Error)) return { error_name: 'unknown', error_message: mask(String(error)) };
  return {
    error_name: error.name,
    error_message: mask(error.message),
    ...(error.stack === undefined ? {} : { stack: mask(error.stack) }),
  };
}
