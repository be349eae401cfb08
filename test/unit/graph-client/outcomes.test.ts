import { describe, expect, test } from 'vitest';
import type { Action } from '../../../lambdas/core/changes/outcome.ts';
import { aCall, type Canned, change, SPLASHIFY } from './canned-graph.ts';

const A = { input: '+16505551234', wa_id: '16505551234' };
const B = { input: '+14155559876', wa_id: '14155559876' };
const USERS = [A.input, B.input];

const NO_MESSAGE = {
  message: 'Re-engagement required',
  code: 131047,
  error_data: { details: 'User has not messaged in the last 24 hours' },
};
const FAILURE = {
  code: 131047,
  message: 'Re-engagement required',
  details: 'User has not messaged in the last 24 hours',
};
const SOME_FAILED = {
  message: '(#139100) Failed to block/unblock users',
  type: 'OAuthException',
  code: 139100,
  error_data: { details: 'Failed to block some users' },
  fbtrace_id: 'AbC123',
};
const FORGOTTEN = {
  code: 139103,
  message: '(#139103) Internal error',
  details: 'Graph returned no result for this user',
  maybeApplied: true,
};

const ok = (block_users: unknown): Canned => ({ body: { messaging_product: 'whatsapp', block_users } });
const bad = (block_users: unknown, error: unknown = SOME_FAILED): Canned => ({
  status: 400,
  body: { messaging_product: 'whatsapp', block_users, error },
});

describe('success of every user', () => {
  test.each<[Action, string]>([
    ['block', 'added_users'],
    ['unblock', 'removed_users'],
  ])('of a %s', async (action, list) => {
    expect(await change(ok({ [list]: [A, B] }), USERS, { action })).toEqual([
      { id: '16505551234', waId: '16505551234' },
      { id: '14155559876', waId: '14155559876' },
    ]);
  });

  test('is understood if ids are not in quotes', async () => {
    const numbers = [{ input: 16505551234, wa_id: 16505551234 }];
    expect(await change(ok({ added_users: numbers }), ['+16505551234'])).toEqual([
      { id: '16505551234', waId: '16505551234' },
    ]);
  });

  test('is understood with an error object whose flags are malformed', async () => {
    const outcomes = await change(bad({ added_users: [A, B] }, { ...SOME_FAILED, is_transient: 'no' }), USERS);
    expect(outcomes.map(({ waId }) => waId)).toEqual(['16505551234', '14155559876']);
  });

  test('is in the order of the request, even if the answer has another order', async () => {
    const outcomes = await change(ok({ added_users: [B, A] }), USERS);
    expect(outcomes.map(({ waId }) => waId)).toEqual(['16505551234', '14155559876']);
  });

  test('names the wa_id, which may differ from the number', async () => {
    const [outcome] = await change(ok({ added_users: [{ input: '+5511987654321', wa_id: '551187654321' }] }), [
      '+5511987654321',
    ]);
    expect(outcome).toEqual({ id: '5511987654321', waId: '551187654321' });
  });

  test('of a BSUID has a user_id and no wa_id', async () => {
    const id = 'US.13491208655302741918';
    expect(await change(ok({ added_users: [{ input: id, user_id: id }] }), [id])).toEqual([{ id, userId: id }]);
    expect(await change(ok({ added_users: [{ user_id: id, wa_id: null }] }), [id])).toEqual([{ id, userId: id }]);
    const both = { input: id, user_id: id, wa_id: '16505551234' };
    expect(await change(ok({ added_users: [both] }), [id])).toEqual([{ id, userId: id, waId: '16505551234' }]);
  });

  test.each<[string, object, object]>([
    ['a plus', { wa_id: '+16505551234' }, { waId: '16505551234' }],
    ['separators', { wa_id: '+1 (650) 555-1234', user_id: null }, { waId: '16505551234' }],
    ['a BSUID', { wa_id: 'US.134' }, { userId: 'US.134' }],
    ['nothing', { wa_id: '', user_id: '' }, {}],
    ['unreadable ids', { wa_id: 'Anna', user_id: '?' }, {}],
  ])('names the user by this service’s id if an id contains %s', async (_, ids, names) => {
    expect(await change(ok({ added_users: [{ input: A.input, ...ids }] }), [A.input])).toEqual([
      { id: '16505551234', ...names },
    ]);
  });

  test.each([
    ['without its plus', '16505551234'],
    ['with spaces', '+1 650 555 1234'],
    ['as it was sent', '+16505551234'],
  ])('is matched by an input %s', async (_, input) => {
    expect(await change(ok({ added_users: [{ input, wa_id: '999' }] }), ['+16505551234'])).toEqual([
      { id: '16505551234', waId: '999' },
    ]);
  });

  test('is matched by user or by wa_id if there is no input', async () => {
    expect(await change(ok({ added_users: [{ user: '16505551234' }, { wa_id: '14155559876' }] }), USERS)).toEqual([
      { id: '16505551234' },
      { id: '14155559876', waId: '14155559876' },
    ]);
  });
});

describe('partial failure', () => {
  const results = { added_users: [A], failed_users: [{ ...B, errors: [NO_MESSAGE] }] };
  const recorded = [
    { id: '16505551234', waId: '16505551234' },
    { id: '14155559876', waId: '14155559876', failure: FAILURE },
  ];

  test('with HTTP 400 and error 139100 keeps every result, and the trace of Graph', async () => {
    expect(await change(bad(results), USERS)).toEqual([
      recorded[0],
      { ...recorded[1], failure: { ...FAILURE, fbtraceId: 'AbC123' } },
    ]);
  });

  test('with HTTP 200 is the same', async () => {
    expect(await change(ok(results), USERS)).toEqual(recorded);
    expect(await change({ ...bad(results), status: 200 }, USERS)).toMatchObject(recorded);
  });

  test('with HTTP 500 is the same', async () => {
    expect(await change({ ...bad(results), status: 500 }, USERS)).toMatchObject(recorded);
  });

  test('of an unblock is the same', async () => {
    const removed = { removed_users: [A], failed_users: [{ ...B, errors: [NO_MESSAGE] }] };
    expect(await change(bad(removed), USERS, { action: 'unblock' })).toMatchObject(recorded);
  });

  test.each<[string, object]>([
    ['a code that is a text', { ...NO_MESSAGE, code: '131047' }],
    ['an error_data that is a bare text', { ...NO_MESSAGE, error_data: FAILURE.details }],
    ['unknown fields', { ...NO_MESSAGE, href: 'https://developers.facebook.com', extra: { a: [1] } }],
  ])('is read with %s', async (_, error) => {
    const [outcome] = await change(bad({ failed_users: [{ input: A.input, errors: [error] }] }), [A.input]);
    expect(outcome?.failure).toMatchObject(FAILURE);
  });

  test.each<[string, object, object]>([
    ['no error_data', { message: 'No', code: 100 }, { code: 100, message: 'No' }],
    ['null for everything but the code', { message: null, code: 100, error_data: null }, { code: 100 }],
    ['no code', { message: 'No' }, { code: 139103, message: 'No' }],
    ['a code that is none', { message: 'No', code: 'OAuthException' }, { code: 139103, message: 'No' }],
    ['details only', { code: 100, error_data: { details: 'Why' } }, { code: 100, message: 'Why', details: 'Why' }],
  ])('is a failure with %s', async (_, error, failure) => {
    const [outcome] = await change(bad({ failed_users: [{ input: A.input, errors: [error] }] }), [A.input]);
    expect(outcome?.failure).toMatchObject(failure);
  });

  test.each<[string, object]>([
    ['in the text of an error', { errors: [{ message: '(#131047) Re-engagement required' }] }],
    ['in the details of an error', { errors: [{ message: 'No', error_data: { details: '(#131047) Not now' } }] }],
    ['in details that are a text', { errors: [{ message: 'No', error_data: '(#131047) Not now' }] }],
    ['in a text in the list', { errors: ['(#131047) Re-engagement required'] }],
    ['in a text for the list', { errors: '(#131047) Re-engagement required' }],
    ['in an error without its list', { errors: { code: 131047 } }],
    ['in one error', { error: { message: '(#131047) Re-engagement required' } }],
    ['in a text', { error: '(#131047) Re-engagement required' }],
    ['beside the user', { message: '(#131047) Re-engagement required' }],
    ['beside the user, in its details', { error_data: '(#131047) Not now' }],
    ['in a code that is a text', { errors: [{ code: '(#131047)', message: null }] }],
    ['in an error whose message is none', { errors: [{ code: 131047, message: 7 }] }],
    ['beside an error that says nothing', { code: 131047, errors: [null] }],
  ])('is read if the code is %s', async (_, error) => {
    const [outcome] = await change(bad({ failed_users: [{ ...A, ...error }] }), [A.input]);
    expect(outcome).toMatchObject({ waId: '16505551234', failure: { code: 131047 } });
  });

  test('keeps its results if the error object is empty', async () => {
    for (const error of [false, 'no', 7, [], {}]) {
      expect(await change(bad({ added_users: [A] }, error), [A.input])).toEqual([
        { id: '16505551234', waId: '16505551234' },
      ]);
    }
  });

  test('without a wa_id, as for a number that WhatsApp does not know', async () => {
    const [outcome] = await change(bad({ failed_users: [{ input: A.input, errors: [NO_MESSAGE] }] }), [A.input]);
    expect(outcome).toMatchObject({ id: '16505551234', failure: FAILURE });
    expect(outcome?.waId).toBeUndefined();
  });

  test('without any error is still a failure', async () => {
    for (const errors of [undefined, null, []]) {
      const [outcome] = await change(bad({ failed_users: [{ ...A, errors }] }), [A.input]);
      expect(outcome).toMatchObject({ waId: '16505551234', failure: { code: 139103 } });
    }
  });

  test.each([[[]], [null], [undefined]])('is read if empty lists are %j', async (empty) => {
    const lists = { added_users: empty, removed_users: empty, errors: empty };
    expect(await change(bad({ ...lists, failed_users: [{ ...A, errors: [NO_MESSAGE] }] }), [A.input])).toMatchObject([
      { failure: FAILURE },
    ]);
    expect(await change(ok({ added_users: [A], removed_users: empty, failed_users: empty }), [A.input])).toEqual([
      { id: '16505551234', waId: '16505551234' },
    ]);
  });

  test('a user in both lists was blocked', async () => {
    expect(await change(bad({ added_users: [A], failed_users: [{ ...A, errors: [NO_MESSAGE] }] }), [A.input])).toEqual([
      { id: '16505551234', waId: '16505551234' },
    ]);
  });

  test('ignores entries that name no user', async () => {
    const added_users = ['+14155559876', null, 7, [], {}, { input: 7 }, A];
    expect(await change(ok({ added_users }), USERS)).toEqual([
      { id: '16505551234', waId: '16505551234' },
      { id: '14155559876', failure: FORGOTTEN },
    ]);
  });
});

describe('a user whom the answer omits', () => {
  test.each([
    ['among others', ok({ added_users: [B] })],
    ['beside error 139100', bad({ added_users: [B] })],
    ['in an answer about somebody else', ok({ added_users: [B, { input: '+442071234567', wa_id: '442071234567' }] })],
  ])('failed, and may be sent again: %s', async (_, canned) => {
    expect(await change(canned, USERS)).toMatchObject([
      { id: '16505551234', failure: FORGOTTEN },
      { id: '14155559876', waId: '14155559876' },
    ]);
  });

  test.each([{}, { added_users: [] }, { removed_users: null }])('failed in an answer of %j', async (block_users) => {
    expect(await change(ok(block_users), USERS)).toMatchObject([{ failure: FORGOTTEN }, { failure: FORGOTTEN }]);
  });

  test('fails with the error of the whole answer', async () => {
    const full = { message: '(#139101) Blocklist limit reached', code: '139101', error_data: 'Full', fbtrace_id: 'X' };
    expect(await change(bad({ added_users: [A] }, full), USERS)).toEqual([
      { id: '16505551234', waId: '16505551234' },
      {
        id: '14155559876',
        failure: { code: 139101, message: '(#139101) Blocklist limit reached', details: 'Full', fbtraceId: 'X' },
      },
    ]);
  });
});

describe('Splashify', () => {
  const call = aCall({ credentials: SPLASHIFY });
  const splashify = (lists: object, users = USERS, action: Action = 'block') =>
    change(ok(lists), users, { action, call });

  test('gives an empty errors list with a success', async () => {
    expect(await splashify({ added_users: [A, B], errors: [] })).toEqual([
      { id: '16505551234', waId: '16505551234' },
      { id: '14155559876', waId: '14155559876' },
    ]);
  });

  test.each([
    ['beside the user', { user: B.wa_id, code: 131047, message: 'No' }],
    ['beside the input', { input: B.input, wa_id: B.wa_id, code: '131047', message: 'No' }],
    ['in an object', { input: B.input, error: { code: 131047, message: 'No' } }],
    ["in a list, as Meta's", { input: B.input, errors: [{ code: 131047, message: 'No' }] }],
    ['in a text with a code', { user: B.input, code: 131047, error: 'No' }],
  ])('gives a code and a message %s', async (_, error) => {
    expect(await splashify({ added_users: [A], errors: [error] })).toMatchObject([
      { id: '16505551234', waId: '16505551234' },
      { id: '14155559876', failure: { code: 131047, message: 'No' } },
    ]);
  });

  test('keeps the results of other users if errors are plain texts', async () => {
    expect(await splashify({ added_users: [A], errors: ['14155559876: already blocked'] })).toEqual([
      { id: '16505551234', waId: '16505551234' },
      { id: '14155559876', failure: FORGOTTEN },
    ]);
  });

  test.each<[Action, string]>([
    ['block', 'User is already blocked'],
    ['block', '(#100) This number has already been blocked'],
    ['block', 'Already in the block list'],
    ['block', 'already on blocklist'],
    ['unblock', 'User is not blocked'],
    ['unblock', 'User is not currently blocked'],
    ['unblock', "The number isn't blocked"],
    ['unblock', 'not in the blocklist'],
    ['unblock', 'User was already unblocked'],
  ])('refuses to %s a user with: %s. This service counts that as success', async (action, message) => {
    const shapes = [
      { user: '16505551234', code: 100, message },
      { input: '+16505551234', errors: [{ code: 100, message: 'Failed', error_data: { details: message } }] },
      { input: '+16505551234', error: message },
    ];
    for (const shape of shapes) {
      const [outcome] = await splashify({ errors: [shape] }, [A.input], action);
      expect(outcome).toEqual({ id: '16505551234' });
    }
  });

  test.each<[Action, number, string]>([
    ['block', 139101, 'You have already blocked 64000 users'],
    ['block', 131047, 'This business has already been blocked by the user'],
    ['block', 131021, 'Own number, already on the block list'],
    ['unblock', 10, 'User was not blocked: the token lacks a permission'],
    ['unblock', 139103, "The state isn't blocked yet"],
  ])('means a failure to %s by %d, though its text is: %s', async (action, code, message) => {
    const shape = { input: '+16505551234', errors: [{ code, message }] };
    const [outcome] = await splashify({ failed_users: [shape] }, [A.input], action);
    expect(outcome).toMatchObject({ failure: { code, message } });
  });

  test('counts a user who is named twice as failed, and a success with an error as uncertain', async () => {
    const refused = { input: A.input, errors: [{ code: 131047, message: 'No message in 24 hours' }] };
    const already = { input: A.input, errors: [{ code: 100, message: 'User is already blocked' }] };
    for (const failed_users of [
      [refused, already],
      [already, refused],
    ]) {
      expect(await splashify({ failed_users }, [A.input])).toMatchObject([{ failure: { code: 131047 } }]);
    }
    const doubtful = await splashify({ added_users: [refused] }, [A.input]);
    expect(doubtful).toMatchObject([{ failure: { code: 131047, maybeApplied: true } }]);
  });

  test.each<[Action, string]>([
    ['block', 'User cannot be blocked'],
    ['block', 'User is not blocked'],
    ['unblock', 'User is already blocked by another number'],
    ['unblock', 'User could not be unblocked'],
  ])('means a failure to %s by: %s', async (action, message) => {
    const [outcome] = await splashify({ errors: [{ user: '16505551234', code: 100, message }] }, [A.input], action);
    expect(outcome).toMatchObject({ failure: { code: 100, message } });
  });
});

test('an answer about 1,000 users is matched user by user', async () => {
  const users = Array.from({ length: 1_000 }, (_, i) => `+1650${5_550_000 + i}`);
  const failed = users.filter((_, i) => i % 10 === 0);
  const outcomes = await change(
    bad({
      added_users: users.filter((_, i) => i % 10 !== 0).map((input) => ({ input, wa_id: input.slice(1) })),
      failed_users: failed.map((input) => ({ input, errors: [NO_MESSAGE] })),
    }),
    users,
  );
  expect(outcomes.map(({ id }) => `+${id}`)).toEqual(users);
  expect(outcomes.filter(({ failure }) => failure).map(({ id }) => `+${id}`)).toEqual(failed);
});
