/**
 * The readers of bodies are written by hand, and the document says what they take. Bodies are drawn that are nearly right, and
 * what the one accepts or refuses, the other must. What no schema can say is not drawn: ends in the past or beyond five years,
 * long texts of emoji, codes that are not configured, and times that are not in RFC 3339, of which the service takes some.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import document from '../../../docs/openapi.json' with { type: 'json' };
import type { ApiRequest } from '../../../lambdas/http/api-request.ts';
import { readChange } from '../../../lambdas/http/block-request.ts';
import { readCreateJobs } from '../../../lambdas/http/create-jobs.ts';
import { readEraseUser } from '../../../lambdas/http/erase-user.ts';
import { readCreateKey, readRotateKey } from '../../../lambdas/http/key-request.ts';
import { readLookup } from '../../../lambdas/http/lookup.ts';
import { readProtection } from '../../../lambdas/http/protection.ts';
import { readRevert } from '../../../lambdas/http/revert-job.ts';
import { readWebhook } from '../../../lambdas/http/webhook-request.ts';
import { NUMBER, read, rulesAt, type Sent } from '../../support/gateway.ts';

const NOW_MS = Date.UTC(2026, 10, 1);
/** `x` is drawn for every field. */
const RULES = { ...rulesAt(NOW_MS), reasonCodes: ['spam', 'opt_out', 'x'] };
const DAY_MS = 24 * 60 * 60 * 1000;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** One of the values, each as likely. */
const oneOf = (...values: readonly unknown[]) => fc.constantFrom(...values);
/** Mostly as it should be. */
const mostly = (good: fc.Arbitrary<unknown>, bad: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 24, arbitrary: good }, { weight: 1, arbitrary: bad });
const junk = oneOf(null, '', 'x', 0, 1, 1.5, true, false, [], {}, [[]], ['x']);

/** Halves of surrogate pairs, control and direction characters among others. */
const oddText = fc
  .array(fc.oneof(oneOf('\ud83d', '\ude00', '\u202e', '\n', '\u0085', '\u2028', '😀', '\u200d'), fc.string()), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''));
const user = mostly(oneOf('+1 650 555 1234', '16505551234', 'call me', '', 'US.13491208655302741918'), oddText);

const entry = fc
  .record({ user: mostly(user, junk), user_id: mostly(user, junk) }, { requiredKeys: [] })
  .chain((one) => mostly(fc.constant(one), withMore(one, 'reason', 'expires_in', 'dry_run', 'reason_code', 'name')));
const entries = mostly(fc.array(mostly(entry, junk), { minLength: 1, maxLength: 4 }), junk);

const reason = fc.oneof(
  { weight: 8, arbitrary: oneOf('spam', 'für 😀', null) },
  oddText,
  fc.integer({ min: 250, max: 260 }).map((length) => 'ü'.repeat(length)),
  junk,
);
const end = fc
  .date({ min: new Date(NOW_MS + DAY_MS), max: new Date(NOW_MS + 4 * YEAR_SECONDS * 1000), noInvalidDate: true })
  .chain((date) =>
    oneOf(date.toISOString(), date.toISOString().replace(/\.\d+Z/, '+05:30'), date.toISOString().slice(0, 10)),
  );
const terms = {
  expires_at: mostly(
    end,
    fc.oneof(junk, oneOf('tomorrow', '2030-02-30T00:00:00Z', '2030-01-31T18:00:00', 1_900_000_000)),
  ),
  expires_in: mostly(fc.integer({ min: 1, max: 4 * YEAR_SECONDS }), fc.oneof(junk, oneOf(-1, '60', 6 * YEAR_SECONDS))),
  defer: mostly(fc.boolean(), junk),
};
const noEnd = mostly(fc.constant(null), junk);
const product = mostly(fc.constant('whatsapp'), fc.oneof(junk, fc.constant('messenger')));
const number = mostly(oneOf(NUMBER, '1'), fc.oneof(junk, oneOf('1'.repeat(33), '12a', Number(NUMBER))));
const numbers = mostly(fc.array(number, { minLength: 1, maxLength: 3 }), junk);

const keyName = mostly(
  fc.oneof(fc.stringMatching(/^[A-Za-z0-9_+=,.@-]{1,64}$/), oneOf('x'.repeat(64), 'x'.repeat(65))),
  fc.oneof(junk, oddText, oneOf('a b', 'a/b', 'support\n')),
);
const keyScopes = mostly(
  fc.array(mostly(oneOf('read', 'write', 'operate', 'webhook'), oneOf('keys', 'Read', 'constructor', null)), {
    minLength: 1,
    maxLength: 5,
  }),
  junk,
);
const DAY_SECONDS = 24 * 60 * 60;
const around = (least: number, most: number) =>
  mostly(
    fc.oneof(fc.integer({ min: least, max: most }), oneOf(least, most)),
    fc.oneof(junk, oneOf(least - 1, most + 1, '60')),
  );
const lifeSeconds = around(1, 730 * DAY_SECONDS);
const overlapSeconds = around(0, 30 * DAY_SECONDS);

const change = { messaging_product: product, block_users: entries };
const onNumbers = { phone_number_ids: numbers, block_users: entries };
const onAll = { all_numbers: mostly(fc.constant(true), junk), block_users: entries };
/** A code that looks like one, and is not configured, is not drawn: only the deployment knows it. */
const reasonCode = mostly(
  oneOf('spam', 'opt_out', null),
  fc.oneof(junk, oneOf('Spam', 'opt-out', '1st', 'y'.repeat(33))),
);
const dry_run = mostly(oneOf(true, false, null), junk);
const optional = { reason, reason_code: reasonCode, dry_run, ...terms };
const { defer: _, dry_run: __, ...revertFields } = optional;
const noTerms = {
  reason,
  reason_code: reasonCode,
  dry_run,
  expires_at: noEnd,
  expires_in: noEnd,
  defer: mostly(oneOf(null, false), junk),
};

function withMore(one: object, ...names: readonly string[]) {
  return fc.constantFrom(...names).map((name) => Object.fromEntries([...Object.entries(one), [name, 'x']]));
}

/** A body of these fields, sometimes without one of them, or with one that is not theirs, or no object at all. */
function bodyOf(required: Record<string, fc.Arbitrary<unknown>>, more: Record<string, fc.Arbitrary<unknown>>) {
  const all = fc.record({ ...required, ...more }, { requiredKeys: Object.keys(required) });
  const unknown = [
    'dry_run',
    'reason_codes',
    'expire_in',
    'Defer',
    '__proto__',
    'constructor',
    'access_token',
    'method',
  ];
  const changed = all.chain((body) =>
    fc.oneof(
      withMore(body, ...unknown),
      fc
        .constantFrom(...Object.keys(required))
        .map((name) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== name))),
    ),
  );
  return fc.oneof({ weight: 20, arbitrary: all }, { weight: 4, arbitrary: changed }, { weight: 1, arbitrary: junk });
}

const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'document');

interface Reader {
  readonly schema: keyof (typeof document)['components']['schemas'];
  readonly sent: Sent;
  readonly reader: (request: ApiRequest) => unknown;
  readonly body: fc.Arbitrary<unknown>;
}
const READERS: readonly Reader[] = [
  {
    schema: 'BlockRequest',
    sent: { method: 'POST' },
    reader: (request) => readChange(request, 'block', RULES),
    body: bodyOf(change, optional),
  },
  {
    schema: 'UnblockRequest',
    sent: { method: 'DELETE' },
    reader: (request) => readChange(request, 'unblock', RULES),
    body: bodyOf(change, noTerms),
  },
  {
    schema: 'CreateJobsRequest',
    sent: { method: 'POST', resource: '/jobs', path: {} },
    reader: (request) => readCreateJobs(request, RULES),
    body: fc.oneof(
      bodyOf({ action: mostly(fc.constant('block'), junk), ...onNumbers }, { messaging_product: product, ...optional }),
      bodyOf({ action: oneOf('block', 'unblock'), ...onNumbers }, { messaging_product: product, ...noTerms }),
      bodyOf({ action: mostly(fc.constant('block'), junk), ...onAll }, { phone_number_ids: noEnd, ...optional }),
      bodyOf({ action: oneOf('block', 'unblock'), ...onAll }, { messaging_product: product, ...noTerms }),
    ),
  },
  {
    schema: 'RevertRequest',
    sent: { method: 'POST', resource: '/jobs/{id}/revert', path: { id: `${NUMBER}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z` } },
    reader: (request) => readRevert(request, RULES),
    body: fc.oneof(
      { weight: 20, arbitrary: fc.record(revertFields, { requiredKeys: [] }) },
      { weight: 3, arbitrary: withMore({}, 'defer', 'expire_in', '__proto__', 'access_token') },
      { weight: 1, arbitrary: junk },
    ),
  },
  {
    schema: 'EraseUserRequest',
    sent: { method: 'POST', resource: '/users/{user}/erase', path: { user: '16505551234' } },
    reader: readEraseUser,
    body: fc.oneof(
      {
        weight: 20,
        arbitrary: fc.record(
          { phone_number_ids: mostly(numbers, fc.constant(null)), unblock: mostly(oneOf(true, false, null), junk) },
          { requiredKeys: [] },
        ),
      },
      { weight: 3, arbitrary: withMore({}, 'all_numbers', 'reason', '__proto__', 'access_token') },
      { weight: 1, arbitrary: junk },
    ),
  },
  {
    schema: 'LookupRequest',
    sent: { method: 'POST', resource: '/{version}/{phoneNumberId}/block_users/lookup' },
    reader: readLookup,
    body: bodyOf(
      { users: mostly(fc.array(mostly(fc.oneof(user, entry), junk), { minLength: 1, maxLength: 4 }), junk) },
      { messaging_product: product },
    ),
  },
  {
    schema: 'CreateKeyRequest',
    sent: { method: 'POST', resource: '/keys', path: {} },
    reader: readCreateKey,
    body: bodyOf({ name: keyName, scopes: keyScopes }, { phone_number_ids: numbers, expires_in: lifeSeconds }),
  },
  {
    schema: 'RotateKeyRequest',
    sent: { method: 'POST', resource: '/keys/{id}/rotate', path: { id: 'Aa0000000001' } },
    reader: readRotateKey,
    body: fc.oneof(
      { weight: 20, arbitrary: fc.record({ overlap_seconds: overlapSeconds }, { requiredKeys: [] }) },
      { weight: 3, arbitrary: withMore({}, 'overlap', 'expires_in', '__proto__', 'access_token') },
      { weight: 1, arbitrary: junk },
    ),
  },
  {
    schema: 'ProtectionRequest',
    sent: { method: 'PUT', resource: '/protected_users/{user}', path: { user: '16505551234' } },
    reader: (request) => readProtection(request, RULES),
    body: fc.oneof(
      { weight: 10, arbitrary: fc.record({ reason, reason_code: reasonCode }, { requiredKeys: [] }) },
      { weight: 3, arbitrary: withMore({}, 'expires_in', '__proto__', 'access_token') },
      { weight: 1, arbitrary: junk },
    ),
  },
  {
    schema: 'WebhookRequest',
    sent: { method: 'POST', resource: '/webhooks/whatsapp', path: {} },
    reader: readWebhook,
    body: bodyOf(
      {
        object: mostly(fc.constant('whatsapp_business_account'), junk),
        entry: mostly(fc.array(fc.oneof(junk, fc.record({ changes: junk }))), junk),
      },
      {},
    ),
  },
];

describe.each(READERS)('$schema', ({ schema, sent, reader, body }) => {
  const validate = ajv.compile({ $ref: `document#/components/schemas/${schema}` });

  test('takes and refuses what the service does', async () => {
    const seen = { taken: 0, refused: 0 };
    const property = fc.asyncProperty(body, async (drawn) => {
      const text = JSON.stringify(drawn);
      const { status, body: answer } = await read({ ...sent, body: text }, reader);
      const isTaken = validate(JSON.parse(text));
      seen[isTaken ? 'taken' : 'refused'] += 1;
      const why = isTaken ? answer : validate.errors;
      expect(isTaken, `the service answered ${status}, the document says: ${JSON.stringify(why)}`).toBe(status === 200);
    });
    await fc.assert(property, { numRuns: 1_000 });
    // Neither side is right by always saying the same.
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(30);
  });
});
