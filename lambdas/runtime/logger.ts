import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import { GraphError } from '../core/errors.ts';
import type { Log } from '../core/ports/services.ts';
import { logOf } from '../core/refusal-reasons.ts';
import type { RequestLog } from '../http/handle.ts';
import { takeGraphMs } from './graph-time.ts';
import { logContext } from './log-context.ts';
import { mask, maskValue } from './mask.ts';
import { metrics, takeMetrics } from './metrics.ts';

/** Every field of every line goes through here, including fields that are added in future. */
class MaskingFormatter extends LogFormatter {
  override formatAttributes(
    attributes: Parameters<LogFormatter['formatAttributes']>[0],
    more: Parameters<LogFormatter['formatAttributes']>[1],
  ): LogItem {
    const { logLevel, message, timestamp, serviceName, xRayTraceId } = attributes;
    const line = { message, ...logContext.getStore(), xray_trace_id: xRayTraceId, ...more };
    const own = { level: logLevel, timestamp: this.formatTimestamp(timestamp), service: serviceName };
    const fields = Object.entries(line).map(([name, value]) => [mask(name), maskValue(value, describe, name)]);
    return new LogItem({ attributes: { ...Object.fromEntries(fields), ...own } });
  }
}

/** One logger for each container. */
export const logger = new Logger({
  serviceName: 'blocklist',
  logLevel: 'INFO',
  logFormatter: new MaskingFormatter(),
});

/** The metrics of an invocation, as fields of its last line. */
export function endMetrics(graphMs = takeGraphMs()): Record<string, unknown> {
  if (graphMs > 0) metrics.put('GraphMs', graphMs);
  return takeMetrics();
}

/** The status of a request that became a job, which takes as long as it has users. */
const ACCEPTED = 202;

export const requestLog: RequestLog = {
  within: (requestId, run) => logContext.run({ request_id: requestId }, run),
  request: (fields) => {
    const graphMs = takeGraphMs();
    metrics.put('ServiceFaults', fields.is_fault ? 1 : 0);
    if (fields.status !== ACCEPTED) metrics.put('RequestOverheadMs', Math.max(0, fields.ms - graphMs));
    logger.info('request', { ...fields, graph_ms: graphMs, ...endMetrics(graphMs) });
  },
  fault: (requestId, error) => logger.error('fault', { request_id: requestId, ...describe(error) }),
};

export const log: Log = {
  info: (message, fields) => logger.info(message, { ...fields }),
  error: (message, fields) => logger.error(message, { ...fields }),
  fault: (message, error, fields) => logger.error(message, { ...fields, ...describe(error) }),
};

/**
 * An error without its extra fields, since the SDK's errors have items, and items have users. For Graph's errors, even
 * without the text.
 */
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

/** A stack trace begins with the text of its error. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => `\n${mask(line)}`)
    .join('');
}
