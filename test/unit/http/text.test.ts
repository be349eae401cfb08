import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLimit, readTarget } from '../../../lambdas/http/api-request.ts';
import { readChange } from '../../../lambdas/http/block-request.ts';
import { readCreateJobs } from '../../../lambdas/http/create-jobs.ts';
import { historyCursor, listCursor, operationsCursor, readCursor, writeCursor } from '../../../lambdas/http/cursor.ts';
import { readListRequest } from '../../../lambdas/http/list-request.ts';
import { readLookup } from '../../../lambdas/http/lookup.ts';
import { readOperationsPage } from '../../../lambdas/http/operation-list.ts';
import { quoted, shownInput } from '../../../lambdas/http/text.ts';
import { NUMBER, read, refusal, rulesAt } from '../../support/gateway.ts';

const USERS = [{ user: '+16505551234' }];
const HALVES = ['\ud800', 'a\udc00b', '\udc00\ud800', '👋\ud83d'];

const block = (fields: object, headers: Record<string, string> = {}) =>
  read({ body: { messaging_product: 'whatsapp', block_users: USERS, ...fields }, headers }, (request) =>
    readChange(request, 'block', rulesAt(0)),
  );
const unblock = (fields: object) =>
  read({ body: { messaging_product: 'whatsapp', block_users: USERS, ...fields } }, (request) =>
    readChange(request, 'unblock', rulesAt(0)),
  );
const createJobs = (fields: object, headers: Record<string, string> = {}) =>
  read(
    {
      resource: '/jobs',
      path: {},
      headers,
      body: { action: 'block', phone_number_ids: [NUMBER], block_users: USERS, ...fields },
    },
    (request) => readCreateJobs(request, rulesAt(0)),
  );

const why = (character: string) =>
  `must be one line, without control characters, direction controls or halves of surrogate pairs; it has U+${character}`;

describe('a reason, and an X-On-Behalf-Of,', () => {
  const taken = [
    'spam',
    'Böse',
    '侮辱',
    'إساءة',
    'מטריד',
    '👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️',
    'می‌خواهم',
    'a b',
    '<script>',
    '\\ " \' &',
    'e\u0301',
  ];
  test.each(taken)('may be %s', async (text) => {
    for (const send of [block, unblock, createJobs]) {
      expect((await send({ reason: text })).body).toMatchObject({ reason: text });
    }
    for (const send of [block, createJobs]) {
      expect((await send({}, { 'X-On-Behalf-Of': text })).body).toMatchObject({ onBehalfOf: text });
    }
  });

  test.each([
    ['NUL', 'a\u0000b', '0000'],
    ['a line feed', 'spam\nblocked by root', '000A'],
    ['a carriage return', 'a\rb', '000D'],
    ['a tab', 'a\tb', '0009'],
    ['an escape', 'a\u001b[31mb', '001B'],
    ['delete', 'a\u007fb', '007F'],
    ['a next line', 'a\u0085b', '0085'],
    ['a line separator', 'a\u2028b', '2028'],
    ['a paragraph separator', 'a\u2029b', '2029'],
    ['an override of direction', 'a\u202eb', '202E'],
    ['an isolate', 'a\u2066b', '2066'],
    ['a direction mark', 'a\u200fb', '200F'],
    ['an Arabic letter mark', 'a\u061cb', '061C'],
    ['the first half of a pair', 'a\ud83db', 'D83D'],
    ['the second half of a pair', 'a\ude00b', 'DE00'],
  ])('cannot hold %s', async (_, text, character) => {
    for (const send of [block, unblock, createJobs]) {
      expect(await send({ reason: text })).toMatchObject({ status: 400, body: refusal(`reason: ${why(character)}`) });
    }
    for (const send of [block, createJobs]) {
      expect(await send({}, { 'X-On-Behalf-Of': text })).toMatchObject({
        status: 400,
        body: refusal(`X-On-Behalf-Of: ${why(character)}`),
      });
    }
  });

  test('are returned exactly as they were sent, or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }), async (text) => {
        const { status, body } = await block({ reason: text });
        if (status === 200) expect(body).toMatchObject({ reason: text });
        else
          expect(body).toMatchObject({
            error: { message: expect.stringContaining('(#100) reason: must be one line') },
          });
        expect(status === 200).toBe(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u.test(text));
      }),
    );
  });
});

describe('half of a surrogate pair', () => {
  test.each(HALVES)('%j is no user: the request is refused by its place', async (text) => {
    const entries: [object, string][] = [
      [{ user: text }, 'user'],
      [{ user_id: text }, 'user_id'],
      [{ user: '', user_id: text }, 'user_id'],
      [{ user: text, user_id: 'US.134' }, 'user'],
      [{ user: `+1650555${text}1234` }, 'user'],
    ];
    for (const [entry, field] of entries) {
      const block_users = [...USERS, entry];
      const refused = refusal(`block_users[1].${field}: is not well-formed Unicode`);
      for (const send of [block, unblock, createJobs]) {
        expect(await send({ block_users })).toMatchObject({ status: 400, body: refused });
      }
    }
    for (const [entry, field] of [
      [text, ''],
      [{ user: text }, '.user'],
      [{ user_id: text }, '.user_id'],
    ] as const) {
      expect(await read({ body: { users: ['16505551234', entry] } }, readLookup)).toMatchObject({
        status: 400,
        body: refusal(`users[1]${field}: is not well-formed Unicode`),
      });
    }
  });

  test.each(HALVES)('%j is in no cursor', async (text) => {
    for (const [schema, cursor] of [
      [listCursor, [3, text]],
      [historyCursor, [text]],
      [operationsCursor, ['2026-11-01', text]],
    ] as const) {
      const after = writeCursor(cursor);
      expect(
        await read({ method: 'GET', query: { after } }, (request) =>
          readCursor(schema, 'after', request.query.get('after')),
        ),
      ).toMatchObject({ status: 400, body: refusal('after: is not a cursor of this list') });
    }
  });

  test.each(HALVES)('%j is in no parameter of a query', async (text) => {
    for (const name of ['after', 'actor', 'x']) {
      const refused = { status: 400, body: refusal(`${name}: is not well-formed Unicode`) };
      expect(await read({ method: 'GET', query: { source: 'graph', [name]: text } }, readListRequest)).toMatchObject(
        refused,
      );
      expect(await read({ method: 'GET', query: { [name]: text } }, readOperationsPage)).toMatchObject(refused);
    }
  });
});

test('every empty parameter of a query is refused by its name', async () => {
  for (const name of ['limit', 'after', 'actor', 'expires_in', 'messaging_product', 'block_users', 'anything']) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      expect(await read({ method, query: { [name]: '' } }, readLimit)).toMatchObject({
        status: 400,
        body: refusal(`${name}: must not be empty; leave it out`),
      });
    }
  }
});

test('a version has three digits on either side of the dot at most', async () => {
  const target = (version: string) => read({ path: { version, phoneNumberId: NUMBER } }, readTarget);
  for (const version of ['v1.0', 'v25.0', 'v999.999']) expect((await target(version)).body).toMatchObject({ version });
  for (const version of [`v${'2'.repeat(3_000)}.0`, `v25.${'0'.repeat(3_000)}`, 'v1000.0', 'v25.0000', 'v25.0\n']) {
    expect(await target(encodeURIComponent(version))).toMatchObject({
      status: 400,
      body: refusal('version: must look like v25.0 (in the path, before the phone number id)'),
    });
  }
});

test('what is quoted is never cut through a character', () => {
  expect(quoted('ab👋', 3)).toBe('ab');
  expect(quoted('ab\ud83d', 3)).toBe('ab\ufffd');
  expect(quoted('ab👋', 4)).toBe('ab👋');
  expect(shownInput('👋'.repeat(200))).toBe(`${'👋'.repeat(127)}…`);
  expect(shownInput('👋'.repeat(128))).toBe('👋'.repeat(128));
});
