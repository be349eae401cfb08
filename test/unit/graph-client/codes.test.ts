import { beforeEach, describe, expect, test } from 'vitest';
import type { GraphErrorKind } from '../../../lambdas/core/errors.ts';
import { isKnownCode, isRetryableForUser, kindOf } from '../../../lambdas/core/graph-codes.ts';
import { aCall, type Canned, cannedGraph, change, graphError, logged, people, refusalOf } from './canned-graph.ts';

/** Every code that is known, as a refusal with HTTP 400 is understood. */
const KNOWN: readonly [code: number, kind: GraphErrorKind][] = [
  [0, 'token'],
  [1, 'transient'],
  [2, 'transient'],
  [3, 'permission'],
  [4, 'rate_limited'],
  [10, 'permission'],
  [17, 'rate_limited'],
  [32, 'rate_limited'],
  [100, 'permanent'],
  [104, 'token'],
  [190, 'token'],
  [200, 'permission'],
  [299, 'permission'],
  [341, 'rate_limited'],
  [368, 'rate_limited'],
  [613, 'rate_limited'],
  [80007, 'rate_limited'],
  [80008, 'rate_limited'],
  [130429, 'rate_limited'],
  [131005, 'token'],
  [131021, 'permanent'],
  [131047, 'permanent'],
  [131048, 'permanent'],
  [139100, 'permanent'],
  [139101, 'list_full'],
  [139102, 'list_changed'],
  [139103, 'transient'],
];

const TEXT = 'Something went wrong';

/** The places that a code may have in an answer that refuses a request. */
const PLACES: readonly [name: string, body: (code: number) => unknown][] = [
  ['its field', (code) => ({ error: { message: TEXT, code } })],
  ['its field, as a text', (code) => ({ error: { message: TEXT, code: String(code) } })],
  ['its field, as in a text', (code) => ({ error: { message: TEXT, code: `(#${code})` } })],
  ['its field, before another in the text', (code) => ({ error: { message: '(#7) Other', code } })],
  ['the message', (code) => ({ error: { message: `(#${code}) ${TEXT}`, type: 'OAuthException' } })],
  ['the message, behind a word', (code) => ({ error: { message: `OAuthException: (#${code}) ${TEXT}` } })],
  ['the message, with spaces', (code) => ({ error: { message: ` ( # ${code} ) ${TEXT}` } })],
  ['the message, beside a code that is none', (code) => ({ error: { message: `(#${code})`, code: 'OAuthException' } })],
  ['the details', (code) => ({ error: { message: TEXT, error_data: { details: `(#${code}) ${TEXT}` } } })],
  ['details that are a text', (code) => ({ error: { message: TEXT, error_data: `(#${code}) ${TEXT}` } })],
  ['the message for people', (code) => ({ error: { message: TEXT, error_user_msg: `(#${code}) ${TEXT}` } })],
  ['an error that is a text', (code) => ({ error: `(#${code}) ${TEXT}` })],
  ['an error in a list', (code) => ({ error: [{ message: TEXT, code }] })],
  ['an error that is a text in a list', (code) => ({ error: [`(#${code}) ${TEXT}`] })],
  ['a list of errors', (code) => ({ errors: [{ message: TEXT, code }] })],
  ['a list of texts', (code) => ({ errors: [`(#${code}) ${TEXT}`] })],
  ['a message without an error', (code) => ({ success: false, message: `(#${code}) ${TEXT}` })],
  ['a JSON text', (code) => JSON.stringify(`(#${code}) ${TEXT}`)],
  ['a plain line', (code) => `(#${code}) ${TEXT}`],
  ['a plain line behind a word', (code) => `Error: (#${code}) ${TEXT}\r\n`],
  ['a page', (code) => `<!DOCTYPE html><html><body><h1>(#${code}) ${TEXT}</h1><p>Goodbye</p></body></html>`],
];

beforeEach(() => {
  logged.length = 0;
});

describe.each(PLACES)('a code in %s', (_, body) => {
  test.each(KNOWN)('is found: %d', async (code, kind) => {
    const canned: Canned = { status: 400, body: body(code) };
    const { graph } = await cannedGraph(canned);
    const change = graph.changeUsers(aCall(), 'block', people('+16505551234'));
    for (const call of [change, graph.listUsers(aCall(), { limit: 10 }), graph.inspectToken(aCall())]) {
      expect(await graphError(call)).toMatchObject({ kind, code });
    }
    expect(logged).toEqual([]);
  });

  test('leaves a readable message', async () => {
    const { message } = await refusalOf({ status: 400, body: body(100) });
    expect(message.length).toBeLessThan(80);
    expect(message).not.toMatch(/[<>{\n]/);
  });
});

test('a text without an end gives a message with one', async () => {
  const { message } = await refusalOf({ status: 400, body: `(#100) ${'x'.repeat(100_000)}` });
  expect(message).toHaveLength(500);
});

describe('HTTP 401', () => {
  test.each<[string, unknown]>([
    ['nothing', ''],
    ['a plain line', 'Unauthorized'],
    ['a page', '<html>Unauthorized</html>'],
    ['a JSON text', '"Unauthorized"'],
    ['JSON null', 'null'],
    ['a list', []],
    ["a gateway's JSON", { message: 'Unauthorized' }],
    ["somebody's JSON with a code", { code: 401, message: 'Unauthorized' }],
    ['an error that is a text', { error: 'invalid_token' }],
    ['an error that is true', { error: true }],
    ['an error without a code', { error: { message: 'No' } }],
    ['results', { block_users: 'none' }],
    ['half of an answer', '{"error":{"mess'],
  ])('with %s is a refusal of the token', async (_, body) => {
    const canned = { status: 401, body };
    const expected = { kind: 'token', code: 190, maybeApplied: false };
    expect(await refusalOf(canned)).toMatchObject(expected);
    const { graph } = await cannedGraph(canned);
    expect(await graphError(graph.listUsers(aCall(), { limit: 10 }))).toMatchObject(expected);
    expect(await graphError(graph.inspectToken(aCall()))).toMatchObject(expected);
  });

  test.each<[number, GraphErrorKind]>([
    [0, 'token'],
    [104, 'token'],
    [131005, 'token'],
    // A provider may spell it as it likes: its key is what it refuses.
    [100, 'token'],
    [1, 'token'],
    [4711, 'token'],
    [10, 'permission'],
    [80008, 'rate_limited'],
  ])('with the code %d is: %s', async (code, kind) => {
    for (const error of [{ code }, { message: `(#${code}) No` }]) {
      expect(await refusalOf({ status: 401, body: { error } })).toMatchObject({ kind, code });
    }
  });
});

describe('a code that is in no table', () => {
  const QUOTE = 'No such thing for +1 650 555 1234 (16505551234)';
  const unknown = (code: unknown, fields: object = {}, status = 400): Canned => ({
    status,
    body: { error: { message: `(#${code}) ${QUOTE}`, code, error_data: { details: QUOTE }, ...fields } },
  });
  const MESSAGE = 'unknown code from Graph';

  test.each(KNOWN.map(([code]) => code))('is not: %d', (code) => {
    expect(isKnownCode(code)).toBe(true);
  });

  test.each([-1, 5, 199, 300, 4711, 131049])('is: %d', (code) => {
    expect(isKnownCode(code)).toBe(false);
    expect(isRetryableForUser(code)).toBe(false);
  });

  test('is logged as unknown, with its status and trace, and without Graph’s text', async () => {
    expect(await refusalOf(unknown(4711, { fbtrace_id: 'AbC_1-2' }))).toMatchObject({ kind: 'permanent', code: 4711 });
    expect(logged).toEqual([{ message: MESSAGE, fields: { code: 4711, status: 400, fbtrace_id: 'AbC_1-2' } }]);
  });

  test.each(['+1 650 555 1234', '16505551234', 'x'.repeat(65), '', undefined])(
    'is logged without a trace that may be something else: %s',
    async (fbtrace_id) => {
      await refusalOf(unknown(4711, { fbtrace_id }));
      expect(logged).toEqual([{ message: MESSAGE, fields: { code: 4711, status: 400, fbtrace_id: undefined } }]);
    },
  );

  test('is logged even if only a text has it', async () => {
    await refusalOf({ status: 400, body: { error: `(#4711) ${QUOTE}` } });
    expect(logged.map(({ fields }) => fields.code)).toEqual([4711]);
  });

  test('is logged once, even if many users of an answer have it', async () => {
    const users = ['+16505551234', '+16505551235', '+16505551236'];
    const failed_users = users.map((input, index) => ({
      input,
      errors: [{ code: index < 2 ? 4711 : 4712, message: QUOTE }],
    }));
    const error = { code: 139100, message: 'Some failed', fbtrace_id: 'AbC' };
    const outcomes = await change({ status: 400, body: { block_users: { failed_users }, error } }, users);
    expect(outcomes.map(({ failure }) => failure?.code)).toEqual([4711, 4711, 4712]);
    expect(logged.map(({ fields }) => fields)).toEqual([
      { code: 4711, status: 400, fbtrace_id: 'AbC' },
      { code: 4712, status: 400, fbtrace_id: 'AbC' },
    ]);
  });

  test('is classified by is_transient and the HTTP status', async () => {
    expect(await refusalOf(unknown(4711, { is_transient: true }))).toMatchObject({ kind: 'transient', code: 4711 });
    expect(await refusalOf(unknown(4711, {}, 503))).toMatchObject({ kind: 'transient', code: 4711 });
    expect(await refusalOf(unknown(4711, {}, 429))).toMatchObject({ kind: 'rate_limited', code: 4711 });
    expect(kindOf(undefined)).toBe('permanent');
  });
});
