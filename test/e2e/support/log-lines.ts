import * as z from 'zod';
import type { LogLine } from './logs.ts';
import { phoneNumberId } from './numbers.ts';

export const line = z.looseObject({
  level: z.string(),
  message: z.string(),
  timestamp: z.iso.datetime(),
  service: z.literal('blocklist'),
});
/** What CloudWatch would make metrics of; MiniStack makes none. */
const measured = {
  Stage: z.literal('local'),
  _aws: z.strictObject({
    Timestamp: z.number(),
    CloudWatchMetrics: z.tuple([
      z.strictObject({
        Namespace: z.literal('Blocklist'),
        Dimensions: z.tuple([z.tuple([z.literal('Stage')])]),
        Metrics: z.array(z.strictObject({ Name: z.string(), Unit: z.string() })).min(1),
      }),
    ]),
  }),
};
export const requestLine = line.extend({
  ...measured,
  ServiceFaults: z.literal([0, 1]),
  graph_ms: z.number(),
  message: z.literal('request'),
  request_id: z.string().min(8),
  route: z.string(),
  method: z.string(),
  status: z.number(),
  ms: z.number(),
  /** Absent if the request could not be read. */
  actor: z.string().optional(),
  code: z.number().optional(),
});
export const taskLine = line.extend({
  message: z.literal('task'),
  task: z.string(),
  /** Present if it is a step of a job. */
  job_id: z.string().optional(),
  ms: z.number(),
  chunk: z.number().optional(),
});
const reconciledLine = line.extend({
  message: z.literal('reconciled'),
  phone_number_id: z.string(),
  added: z.number(),
  removed: z.number(),
});
/** A sweep that falls into a moment in which a test has the token revoked. */
const withoutToken = line.extend({
  level: z.literal('ERROR'),
  message: z.literal('number not reconciled'),
  code: z.literal(190),
});
/** What the test of the logs has Graph refuse, in a text with a user: the line has other words, and where to find the refusal. */
const withoutPermission = z.strictObject({
  ...line.shape,
  level: z.literal('ERROR'),
  message: z.literal('number not reconciled'),
  phone_number_id: z.literal(phoneNumberId('logged')),
  code: z.literal(10),
  reason: z.literal('The token has no permission for this number'),
  fbtrace_id: z.string(),
  task: z.literal('reconcile-numbers'),
});
/** Whose key it was, by its id, and why it was refused. */
const keyLine = z.strictObject({
  ...line.shape,
  message: z.enum(['key accepted', 'key refused']),
  key_id: z.string().length(12).optional(),
  refused: z.enum(['malformed', 'unknown', 'wrong_secret', 'revoked', 'expired']).optional(),
  ms: z.number(),
});
/** What the test of keys has their table refuse. */
const keysOutOfReach = line.extend({
  level: z.literal('ERROR'),
  message: z.literal('fault'),
  task: z.literal('authorize-key'),
  error_name: z.literal('AccessDeniedException'),
});
/** MiniStack gave no answer in time, since the machine is busy. Whether the service makes up for it is what the tests look at. */
const busyMachine = line.extend({ level: z.literal('ERROR'), error_name: z.literal('TimeoutError') });
/** What the test of events has the bus refuse, and what waits meanwhile. */
const busThrottled = line.extend({
  level: z.literal('ERROR'),
  message: z.literal('fault'),
  task: z.literal('publish-events'),
  error_name: z.literal('EventsNotPublishedError'),
});
const eventsLate = line.extend({ level: z.literal('ERROR'), message: z.literal('events late'), events: z.number() });
/** Each call to Graph, whose it is, and by what Meta finds it; an answer without a trace id is none of Graph. */
const graphLine = z.strictObject({
  ...line.shape,
  level: z.literal('INFO'),
  message: z.literal('graph call'),
  request_id: z.string().optional(),
  task: z.string().optional(),
  job_id: z.string().optional(),
  chunk: z.number().optional(),
  phone_number_id: z.string().optional(),
  operation_id: z.string().optional(),
  method: z.enum(['GET', 'POST', 'DELETE']),
  status: z.number().optional(),
  fbtrace_id: z.string().optional(),
  ms: z.number(),
});
const jobStarted = z.strictObject({
  ...line.shape,
  level: z.literal('INFO'),
  message: z.literal('job started'),
  request_id: z.string().optional(),
  task: z.string().optional(),
  job_id: z.string(),
  run: z.number(),
});
const EXPECTED = [
  graphLine,
  jobStarted,
  requestLine,
  taskLine,
  reconciledLine,
  withoutToken,
  withoutPermission,
  keyLine,
  keysOutOfReach,
  busyMachine,
  busThrottled,
  eventsLate,
];

/** Messages for operators, once for each job; here the tests cause them. */
const trouble = z.union([
  z.object({
    level: z.literal('ERROR'),
    message: z.literal('stalled job recovered'),
    job_id: z.string(),
    done: z.string(),
  }),
  z.object({
    level: z.literal('ERROR'),
    message: z.literal('job not started; the sweep will start it'),
    job_id: z.string(),
    error_name: z.literal('AccessDeniedException'),
  }),
]);
const TROUBLES = new Set(
  (
    [
      ['dead execution', 'resumed'],
      ['dead at the end', 'ended'],
      ['never started', 'started'],
      ['never started', 'not started'],
      ['cancelled queued', 'not started'],
    ] as const
  ).map(([number, what]) => `${phoneNumberId(number)} ${what}`),
);

/** What Lambda itself writes around an invocation and of an error, and MiniStack of a process that was killed. */
export const OF_LAMBDA =
  /^(?:(?:INIT_START|START|END|REPORT) |Worker process died$|(?:Unauthorized: Unauthorized|Error: The key could not be looked up; see the log)$|TimeoutError: |EventsNotPublishedError: The bus did not take | {4}at )/;

/** The lines of the functions' own, each of which is JSON. */
export function own(lines: readonly LogLine[]): unknown[] {
  return lines.filter(({ text }) => !OF_LAMBDA.test(text)).map(({ text }) => parsed(text));
}

function parsed(text: string): unknown {
  try {
    return line.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`A function logged what is not a line of the service: ${text}`, { cause });
  }
}

/** Lines of the functions' own that are neither of the usual kinds nor about trouble that tests make: faults of the service. */
export function unexpected(lines: readonly unknown[]): unknown[] {
  return lines.filter((json) => !EXPECTED.some((one) => one.safeParse(json).success) && !TROUBLES.has(troubleOf(json)));
}

/** A trouble as `<phone number id> <what became of it>`. */
function troubleOf(json: unknown): string {
  const found = trouble.safeParse(json).data;
  if (found === undefined) return '';
  return `${found.job_id.slice(0, found.job_id.lastIndexOf('-'))} ${'done' in found ? found.done : 'not started'}`;
}
