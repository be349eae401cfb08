import type { ErrorSpelling } from './dialects.ts';
import { errorObject, type GraphError, statusOf } from './graph-errors.ts';

/** An answer before it is sent, with what the log and the counters want to know of it. */
export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string> | undefined;
  /** Top-level error code. */
  code?: number;
  /** Codes of the users that failed. */
  userErrors?: number[];
  /** Users put on the list and taken off. */
  changed?: { added?: number; removed?: number };
  /** Users that the request named, or that the page holds. */
  userCount?: number;
}

/** The answer that refuses a whole request. */
export function refusal(error: GraphError, spelling: ErrorSpelling, trace: string): Answer {
  return { status: statusOf(error), body: { error: errorObject(error, spelling, trace) }, code: error.code };
}
