import { z } from 'zod';

/** One line of a log, as the service wrote it. */
export interface FoundLine {
  /** The log group, by its name. */
  readonly group: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
}

/** What a line says happened, and the ids by which it is linked to others. */
export interface Step {
  readonly at: string;
  /** The function, or `api-gateway`. */
  readonly where: string;
  readonly what: string;
  /** A status of HTTP, the result of a step, or why something failed. */
  readonly result?: string | undefined;
  readonly ms?: number | undefined;
  readonly request_id?: string | undefined;
  readonly operation_id?: string | undefined;
  readonly job_id?: string | undefined;
  readonly chunk?: number | undefined;
  readonly fbtrace_id?: string | undefined;
}

const text = z.string().optional().catch(undefined);
const count = z.number().optional().catch(undefined);
const ids = { request_id: text, operation_id: text, job_id: text, chunk: count, fbtrace_id: text, ms: count };
const written = z.object({
  ...ids,
  message: z.string(),
  task: text,
  route: text,
  method: text,
  status: count,
  code: count,
  reason: text,
  error_message: text,
  result: z.object({ result: text }).optional().catch(undefined),
});
/** A line of the access log. */
const access = z.object({ requestId: z.string(), method: z.string(), route: z.string(), status: z.coerce.number() });

/** The step that a line tells of; nothing if the service did not write it, as the lines of Lambda itself. */
export function stepOf({ group, at, text: line }: FoundLine): Step | undefined {
  const json = parseJson(line);
  const when = new Date(at).toISOString();
  const entry = written.safeParse(json);
  if (entry.success) {
    const { request_id, operation_id, job_id, chunk, fbtrace_id, ms } = entry.data;
    const { what, result } = told(entry.data);
    return {
      at: when,
      where: functionOf(group),
      what,
      result,
      ms,
      request_id,
      operation_id,
      job_id,
      chunk,
      fbtrace_id,
    };
  }
  const call = access.safeParse(json);
  if (!call.success) return undefined;
  const { requestId, method, route, status } = call.data;
  return { at: when, where: 'api-gateway', what: `${method} ${route}`, result: String(status), request_id: requestId };
}

function told(line: z.infer<typeof written>): Pick<Step, 'what' | 'result'> {
  const { message, task, route, method, status, code, reason, error_message } = line;
  const codes = [status, code === undefined ? undefined : `code ${code}`].filter((one) => one !== undefined).join(', ');
  const result = [codes, line.result?.result, reason ?? error_message].filter((one) => one !== undefined && one !== '');
  const named = result.length === 0 ? undefined : result.join('; ');
  if (message === 'request') return { what: `${method} ${route}`, result: named };
  if (message === 'task') return { what: task ?? message, result: named };
  if (message === 'graph call') return { what: `${method} at Graph`, result: named ?? 'no answer' };
  return { what: message, result: named };
}

/** `…FunctionsBlockUsersLogs3AE4D4CC…` as `BlockUsers`. */
function functionOf(group: string): string {
  return /Functions(\w+?)Logs[0-9A-F]{8}/.exec(group)?.[1] ?? group;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
