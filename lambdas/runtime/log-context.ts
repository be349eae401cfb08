import { AsyncLocalStorage } from 'node:async_hooks';

interface LogContext {
  readonly request_id?: string | undefined;
  readonly task?: string | undefined;
  readonly job_id?: string | undefined;
  readonly chunk?: number | undefined;
}

/** What every line has that is logged while something runs: whose request or which step of which job it is. */
export const logContext = new AsyncLocalStorage<LogContext>();
