import { afterEach, describe, expect, test, vi } from 'vitest';
import { GraphError } from '../../../lambdas/core/errors.ts';
import { logOf } from '../../../lambdas/core/refusal-reasons.ts';
import { describe as describeError, log, logger } from '../../../lambdas/runtime/logger.ts';

afterEach(() => vi.restoreAllMocks());

const USER = '16505551234';
const PNID = '106540352242922';
const JOB = `${PNID}-01JZ5W8Q6M3N4P5R6S7T8V9WXY`;

/** The text of the one line that is written. */
function lineOf(write: () => void): string {
  const lines: string[] = [];
  const keep = (text: unknown) => {
    lines.push(String(text));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  write();
  vi.restoreAllMocks();
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

const quoting = new GraphError(
  { kind: 'permanent', code: 100, subcode: 2388001, message: `No such user ${USER}, anna`, fbtraceId: 'AbC-1_x' },
  { cause: new Error(`anna ${USER}`) },
);

describe('every field of every line is masked', () => {
  test.each<[string, Record<string, unknown>]>([
    ['a text', { field: `to +${USER}` }],
    ['a nested one', { a: { b: [{ c: `+1 (650) 555-1234` }] } }],
    ['a key', { a: { [USER]: 1 } }],
    ['the key of the field itself', { [`USER#${USER}`]: 1 }],
    ['a number', { field: Number(USER) }],
    ['a bigint', { field: BigInt(USER) }],
    ['a map and a set', { field: new Map([[USER, new Set([USER])]]) }],
    ['an error', { error: new TypeError(`no ${USER}`, { cause: USER }) }],
    ['an error with fields', { field: Object.assign(new Error('x'), { item: USER }) }],
    ['a phone number as an id', { phone_number_id: USER }],
    ['a phone number in the id of a job', { job_id: `${USER}-01JZ5W8Q6M3N4P5R6S7T8V9WXY` }],
    ['a user in any spelling', { input: 'call 650 or 555 or 1234', user: 'US.1' }],
    ['a token', { field: { access_token: 'abc1234' }, authorization: 'Basic abc1234' }],
    ['a cursor', { after: 'abc1234' }],
    ['the service name of a line that brings its own', { service_name: USER }],
  ])('%s', (_, fields) => {
    const line = lineOf(() => logger.info('recorded', fields));
    const { timestamp, ...rest } = JSON.parse(line);
    // The milliseconds of the time may be any digits.
    expect(JSON.stringify(rest)).not.toMatch(/16505551234|555|abc1234|US\.1/);
    expect({ timestamp, ...rest }).toMatchObject({ level: 'INFO', message: 'recorded', timestamp: expect.any(String) });
  });

  test('the message, an error, and an object that contains itself', () => {
    const round: Record<string, unknown> = { user: USER };
    round.self = round;
    const line = lineOf(() => logger.error(`no ${USER}`, { error: new Error(USER), round }));
    expect(line).not.toContain(USER);
    expect(JSON.parse(line)).toMatchObject({ message: 'no […34]', error: { error_name: 'Error' } });
  });

  test('but what operators search for stays as it is', () => {
    const fields = {
      request_id: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      phone_number_id: PNID,
      job_id: JOB,
      operation: '01JZ5W8Q6M3N4P5R6S7T8V9WXY',
      code: 139103,
      key_id: 'Aa1650555123',
      subcode: 2388001,
      ms: 1234,
      at: 1793448000000,
      since: '2026-11-08T12:00:00.000Z',
      actor: 'arn:aws:sts::123456789012:assumed-role/support/anna',
      route: '/{version}/{phoneNumberId}/block_users/{user}',
      fbtrace_id: 'AbCdEfGh1234_-x',
      result: { result: 'requeue', numbers: [{ phoneNumberId: PNID }] },
    };
    expect(JSON.parse(lineOf(() => logger.info('recorded', fields)))).toMatchObject(fields);
  });
});

describe('a log line of a refusal by Graph', () => {
  test('has code, subcode and trace id, but not Graph’s text, not even in the stack', () => {
    const line = lineOf(() => log.fault('fault', quoting, { job_id: JOB }));
    expect(line).not.toMatch(/anna|16505551234|\[…34\]/);
    expect(JSON.parse(line)).toMatchObject({
      code: 100,
      subcode: 2388001,
      fbtrace_id: 'AbC-1_x',
      error_name: 'GraphError',
      error_message: 'Graph refuses the request',
      stack: expect.stringMatching(/^GraphError: Graph refuses the request\n\s+at /),
    });
    expect(JSON.stringify(describeError(quoting))).not.toContain('anna');
  });

  test.each([USER, `x ${USER}`, '', undefined])('does not accept %j as a trace id', (fbtraceId) => {
    const error = new GraphError({ kind: 'token', code: 190, message: 'x', fbtraceId });
    expect(logOf(error)).toEqual({ code: 190, reason: 'Graph refuses the token' });
  });
});
