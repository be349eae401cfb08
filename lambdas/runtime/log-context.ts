import { AsyncLocalStorage } from 'node:async_hooks';

/** What every line has that is logged while something runs: whose request or which step of which job it is. */
export interface LogContext {
  readonly request_id?: string | undefined;
  readonly task?: string | undefined;
  readonly job_id?: string | undefined;
  readonly chunk?: number | undefined;
}

const running = new AsyncLocalStorage<LogContext>();

export function withLogContext<T>(context: LogContext, run: () => Promise<T>): Promise<T> {
  return running.run(context, run);
}

export function logContext(): LogContext {
  return running.getStore() ?? {};
}
