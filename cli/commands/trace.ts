import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { readMoment } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { type Column, table } from '../output/table.ts';
import { say } from '../terminal.ts';
import { follow, kindOf, startOf } from '../trace/follow.ts';
import { stackLogs } from '../trace/stack-logs.ts';
import type { Step } from '../trace/step.ts';

export interface TraceOptions {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const COLUMNS: readonly Column<Step>[] = [
  { head: 'AT', of: ({ at }) => at },
  { head: 'WHERE', of: ({ where }) => where },
  { head: 'WHAT', of: ({ what }) => what },
  { head: 'RESULT', of: ({ result }) => result },
  { head: 'MS', of: ({ ms }) => ms },
  { head: 'REQUEST', of: ({ request_id }) => request_id },
  { head: 'JOB', of: ({ job_id }) => job_id },
  { head: 'CHUNK', of: ({ chunk }) => chunk },
  { head: 'OPERATION', of: ({ operation_id }) => operation_id },
  { head: 'FBTRACE', of: ({ fbtrace_id }) => fbtrace_id },
];

/** An id of ours, or of API Gateway; nothing that a filter of CloudWatch Logs could read as more than a text. */
const ID = /^[\w-]{8,128}$/;

/** `blocklist trace <id>`: what happened for a request, an operation or a job, step by step, from the logs of the stack. */
export async function trace(context: Context, id: string, { since, until }: TraceOptions): Promise<ExitCode> {
  const { terminal, target } = context;
  if (!ID.test(id))
    throw new CliError(EXIT.usage, 'The id must be that of a request (x-request-id), an operation or a job');
  if (target.aws === undefined) {
    throw new CliError(
      EXIT.usage,
      'The logs are not behind the API',
      'Give --stage <name>, or --local while `npm start` runs',
    );
  }
  const nowMs = terminal.now();
  const window = {
    from: since === undefined ? startOf(id, nowMs) : Date.parse(readMoment(since, '--since', nowMs)),
    to: until === undefined ? nowMs : Date.parse(readMoment(until, '--until', nowMs)),
  };
  const logs = await stackLogs(target.aws);
  try {
    const { steps, more } = await follow(logs.search, id, window);
    const [from, to] = [window.from, window.to].map((ms) => new Date(ms).toISOString());
    print(context, { id, kind: kindOf(id), since: from, until: to, steps, more }, () => table(COLUMNS, steps));
    if (more) say(terminal, 'More jobs belong to it than are shown: trace one of them by its id');
    if (steps.length > 0) return EXIT.ok;
    say(terminal, `No log has this ${kindOf(id)} between ${from} and ${to}; look earlier with --since 7d`);
    return EXIT.notFound;
  } finally {
    logs.stop();
  }
}
