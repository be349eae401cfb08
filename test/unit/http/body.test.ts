import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asSeen } from '../../../lambdas/core/users/characters.ts';
import { readRequest } from '../../../lambdas/http/api-request.ts';
import { readChange } from '../../../lambdas/http/block-request.ts';
import { readNoParameters } from '../../../lambdas/http/body.ts';
import { readCreateJobs } from '../../../lambdas/http/create-jobs.ts';
import { readLookup } from '../../../lambdas/http/lookup.ts';
import { repeatedName } from '../../../lambdas/http/repeated-name.ts';
import { readSignature, readWebhook } from '../../../lambdas/http/webhook-request.ts';
import { gatewayEvent, NUMBER, read, refusal, rulesAt, type Sent } from '../../support/gateway.ts';

const NOW = Date.parse('2027-01-31T12:00:00.000Z');
const USERS = JSON.stringify([{ user: '+1 650 555 1234' }, { user_id: 'US.134' }]);
const LIST = {
  users: 2,
  entries: [
    { input: '+1 650 555 1234', identity: { id: '16505551234' } },
    { input: 'US.134', identity: { id: 'US.134' } },
  ],
};
const FIELDS = { messaging_product: 'whatsapp', block_users: USERS };
const TERMS = { ...FIELDS, reason: 'Böse + "spam" & 100 %', expires_in: '3600', defer: 'true' };

const block = (sent: Sent) => read(sent, (request) => readChange(request, 'block', rulesAt(NOW)));
const unblock = (sent: Sent) =>
  read({ method: 'DELETE', ...sent }, (request) => readChange(request, 'unblock', rulesAt(NOW)));

const typed = (type: string, body?: unknown): Sent => ({ headers: { 'Content-Type': type }, body });
const form = (fields: Record<string, string> | string): Sent =>
  typed('application/x-www-form-urlencoded', new URLSearchParams(fields).toString());
const rawForm = (body: string): Sent => typed('application/x-www-form-urlencoded', body);

const BOUNDARY = '------------------------d74496d66958873e';
const part = (name: string, value: string, more = '') =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const multipartOf = (...parts: string[]): Sent =>
  typed(`multipart/form-data; boundary=${BOUNDARY}`, `${parts.join('')}--${BOUNDARY}--\r\n`);
const multipart = (fields: Record<string, string>): Sent =>
  multipartOf(...Object.entries(fields).map(([name, value]) => part(name, value)));

describe('the same request', () => {
  const json = { messaging_product: 'whatsapp', block_users: JSON.parse(USERS), reason: TERMS.reason };
  const asJson = { ...json, expires_in: 3600, defer: true };

  test.each<[string, Sent]>([
    ['JSON', { body: asJson }],
    ['JSON with a charset', typed('Application/JSON; charset="UTF-8"', asJson)],
    ['JSON of a profile', typed('application/vnd.api+json', asJson)],
    ['JSON behind a byte order mark', typed('application/json', `\ufeff${JSON.stringify(asJson)}`)],
    ['the same in base64', { body: `\ufeff${JSON.stringify(asJson)}`, base64: true }],
    ['a form', form(TERMS)],
    ['a form in base64', { ...form(TERMS), base64: true }],
    ['a form behind a byte order mark', rawForm(`\ufeff${form(TERMS).body}`)],
    ['a form with empty places, and a line end behind it', rawForm(`&${form(TERMS).body}&&\r\n`)],
    ['a multipart form', multipart(TERMS)],
    ['a multipart form in base64', { ...multipart(TERMS), base64: true }],
    ['the query alone', { query: TERMS }],
    ['the query beside an empty body', { query: TERMS, body: '' }],
    ['a form with its product in the query', { ...form({ ...TERMS }), query: { messaging_product: 'whatsapp' } }],
    ['JSON with its terms in the query', { body: { ...json }, query: { expires_in: '3600', defer: 'TRUE' } }],
    [
      'JSON with what null left out in the query',
      { body: { ...asJson, reason: null }, query: { reason: TERMS.reason } },
    ],
  ])('is understood as %s', async (_, sent) => {
    const [{ status, body }, asAlways] = await Promise.all([block(sent), block({ body: asJson })]);
    expect(status).toBe(200);
    expect(body).toEqual(asAlways.body);
    expect(body).toMatchObject({
      list: LIST,
      reason: TERMS.reason,
      expiresAt: '2027-01-31T13:00:00.000Z',
      defer: true,
    });
  });

  test.each<[string, Sent]>([
    ['in the query, without a body', { query: FIELDS }],
    [
      'in the body, and its product in the query',
      { query: { messaging_product: 'whatsapp' }, body: { block_users: JSON.parse(USERS) } },
    ],
    ['a form', form(FIELDS)],
    ['a multipart form', multipart(FIELDS)],
  ])('to unblock: %s', async (_, sent) => {
    expect(await unblock(sent)).toMatchObject({ status: 200, body: { action: 'unblock', list: LIST } });
  });

  test('holds 64,000 users as a form, too', async () => {
    const block_users = JSON.stringify(Array.from({ length: 64_000 }, (_, i) => ({ user: `1650${1_000_000 + i}` })));
    for (const sent of [form({ ...FIELDS, block_users }), multipart({ ...FIELDS, block_users })]) {
      expect(await block(sent)).toMatchObject({ status: 200, body: { list: { users: 64_000 } } });
    }
  });
});

describe('a plus that was not percent-encoded', () => {
  test.each([
    ['a form', rawForm('messaging_product=whatsapp&block_users=[{"user":"+4402079460958"}]')],
    ['a query', { query: { messaging_product: 'whatsapp', block_users: '[{"user":" 4402079460958"}]' } }],
  ])('of a number in %s is noticed, and the number is not read as another one', async (_, sent) => {
    expect(await block(sent)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('%2B') } },
    });
  });
});

describe('the text of a field in a form or a query', () => {
  const body = JSON.parse(`{"messaging_product":"whatsapp","block_users":${USERS}}`);
  const asked = (query: Record<string, string>) => block({ body, query });

  test.each(['true', 'True', 'TRUE', '1'])('defer=%s is true', async (defer) => {
    expect((await asked({ defer })).body).toMatchObject({ defer: true });
  });

  test.each(['false', 'False', '0'])('defer=%s is false', async (defer) => {
    const { status, body } = await asked({ defer });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('defer');
  });

  test('expires_at is a time', async () => {
    expect((await asked({ expires_at: '2027-02-01T00:00:00Z' })).body).toMatchObject({
      expiresAt: '2027-02-01T00:00:00.000Z',
    });
  });

  test.each<[Record<string, string>, string]>([
    [{ defer: 'yes' }, 'defer: must be true or false'],
    [{ expires_in: '60.5' }, 'expires_in: must be a whole number of seconds, 1 or more'],
    [{ expires_in: '-60' }, 'expires_in: must be a whole number of seconds, 1 or more'],
    [{ expires_in: '0x3c' }, 'expires_in: must be a whole number of seconds, 1 or more'],
    [{ expires_in: '9'.repeat(400) }, 'expires_in: must be a whole number of seconds, 1 or more'],
    [{ expires_in: '0' }, 'expires_in: must be a whole number of seconds, 1 or more'],
    [{ reason: 'r'.repeat(257) }, 'reason: must have at most 256 characters'],
  ])('%j is refused', async (query, message) => {
    for (const sent of [{ body, query }, form({ ...FIELDS, ...query }), multipart({ ...FIELDS, ...query })]) {
      expect(await block(sent)).toMatchObject({ status: 400, body: refusal(message) });
    }
  });

  test('an empty one in a form is what it is in JSON: no reason, and never an end that is left out', async () => {
    for (const make of [form, multipart]) {
      const { status, body } = await block(make({ ...FIELDS, reason: '' }));
      expect(status).toBe(200);
      expect(body).not.toHaveProperty('reason');
      for (const name of ['expires_in', 'expires_at', 'defer', 'messaging_product', 'block_users']) {
        expect(await block(make({ ...FIELDS, [name]: '' })), name).toMatchObject({
          status: 400,
          body: { error: { message: expect.stringContaining(`${name}: `) } },
        });
      }
    }
  });

  test.each([
    ['no JSON', '+16505551234', 'block_users: must be JSON text in a form or in the query'],
    ['cut off', USERS.slice(0, -1), 'block_users: must be JSON text in a form or in the query'],
    ['no list', '{"user":"1"}', 'block_users: must be a list of {"user": …} or {"user_id": …}'],
    ['a list of texts', '["1"]', 'block_users[0]: must be an object with user or user_id'],
  ])('block_users that is %s is refused', async (_, block_users, message) => {
    for (const sent of [
      { query: { ...FIELDS, block_users } },
      form({ ...FIELDS, block_users }),
      multipart({ ...FIELDS, block_users }),
    ]) {
      expect(await block(sent)).toMatchObject({ status: 400, body: refusal(message) });
    }
  });

  test.each(['block_users[0][user]', 'block_users[][user]', 'block_users[0]'])(
    '%s, as PHP writes a list, is refused',
    async (name) => {
      const message = `${name}: a list is one JSON text, as in block_users=[{"user":"16505551234"}]`;
      const fields = { messaging_product: 'whatsapp', [name]: '16505551234' };
      for (const sent of [{ query: fields }, form(fields), multipart(fields)]) {
        expect(await block(sent)).toMatchObject({ status: 400, body: refusal(message) });
      }
    },
  );
});

describe('a field in two places', () => {
  test.each<[string, string, unknown]>([
    ['messaging_product', 'whatsapp', 'messenger'],
    ['reason', 'spam', 'abuse'],
    ['expires_in', '60', 61],
    ['defer', 'true', false],
    ['block_users', USERS, [{ user: '+16505559999' }]],
  ])('%s is refused if the values differ', async (name, inQuery, inBody) => {
    const message = `${name}: is in both the query and the body; send it in one of them`;
    const body = { messaging_product: 'whatsapp', block_users: [{ user: '1650555000' }], [name]: inBody };
    expect(await block({ query: { [name]: inQuery }, body })).toMatchObject({ status: 400, body: refusal(message) });
    expect(await unblock({ query: { [name]: inQuery }, body })).toMatchObject({ status: 400, body: refusal(message) });
  });

  test('is refused twice in one form, even with the same value', async () => {
    const message = 'reason: is given more than once';
    const twice = 'messaging_product=whatsapp&reason=a&reason=a';
    expect(await block(rawForm(twice))).toMatchObject({ status: 400, body: refusal(message) });
    expect(await block(multipartOf(part('reason', 'a'), part('reason', 'a')))).toMatchObject({
      status: 400,
      body: refusal(message),
    });
  });
});

describe('a field of a JSON body', () => {
  const rest = '"messaging_product":"whatsapp","block_users":[{"user":"+16505551234"}]';
  const json = (body: string) => block(typed('application/json', body));

  test.each([
    ['a list', 'block_users', `{${rest},"block_users":[{"user":"+16505559999"}]}`],
    ['a text with the same value', 'reason', `{"reason":"a",${rest},"reason":"a"}`],
    ['a field with null', 'reason', `{"reason":"a",${rest},"reason":null}`],
    ['a field with spaces before its colon', 'defer', `{ "defer" : true , ${rest} , "defer"\n: false }`],
    ['an escaped name', 'block_users', `{${rest},"\\u0062lock_users":[]}`],
    [
      'a field behind a text with quotes and braces',
      'expires_in',
      `{"expires_in":1,"reason":"\\"}]{\\\\",${rest},"expires_in":2}`,
    ],
    ['a parameter that is ignored', 'access_token', `{"access_token":"a",${rest},"access_token":"b"}`],
    ['a name that no route knows', '__proto__', `{"__proto__":1,${rest},"__proto__":2}`],
  ])('is refused twice: %s', async (_, name, body) => {
    const message = `${name}: is given more than once`;
    expect(await json(body)).toMatchObject({ status: 400, body: refusal(message) });
    expect(await unblock(typed('application/json', body))).toMatchObject({ status: 400, body: refusal(message) });
  });

  test.each([
    ['in a text', `{${rest},"reason":"block_users"}`],
    ['in a text with quotes', `{${rest},"reason":"\\"block_users\\":[],\\"reason\\":1"}`],
    ['in an entry', `{${rest.replace('}]', ',"block_users":[{"messaging_product":1}],"x":{"x":1}}]')}}`],
    ['in an entry, twice', `{${rest.replace('}]', ',"messaging_product":1,"messaging_product":2}]')}}`],
  ])('may also be %s', async (_, body) => {
    const list = { entries: [{ input: '+16505551234' }] };
    expect(await json(body)).toMatchObject({ status: 200, body: { list } });
  });

  test('is refused twice on a route without parameters, and not in a webhook, which is signed as it is', async () => {
    const twice = typed('application/json', '{"a":1,"a":2}');
    expect(await read(twice, readNoParameters)).toMatchObject({ body: refusal('a: is given more than once') });
    const webhook = '{"object":"whatsapp_business_account","entry":[],"entry":[]}';
    expect(await read(typed('application/json', webhook), readWebhook)).toMatchObject({ status: 200 });
  });

  test('is found for any JSON exactly if it is there', () => {
    const member = fc.tuple(fc.constantFrom('Q', 'b', 'Q"', '\\', 'ü', ''), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(fc.array(member, { maxLength: 4 }), fc.boolean(), (members, isEscaped) => {
        const text = (value: unknown) =>
          isEscaped ? JSON.stringify(value, null, 1).replaceAll('Q', '\\u0051') : JSON.stringify(value);
        const body = `{${members.map(([name, value]) => `${text(name)} : ${text(value)}`).join(',')}}`;
        const names = members.map(([name]) => name);
        const expected = names.find((name, index) => names.indexOf(name) < index);
        expect(repeatedName(body)).toBe(expected);
      }),
    );
  });
});

describe('a form is refused', () => {
  const isJson =
    'body: is JSON, but Content-Type says that it is a form, which is the default of curl -d; set Content-Type: application/json';
  test.each([
    ['that is JSON', JSON.stringify({ messaging_product: 'whatsapp', block_users: [] }), isJson],
    ['that is a JSON list', ' [{"user":"1"}]', isJson],
    ['that is JSON behind a byte order mark', '\ufeff\n{}', isJson],
    ['with half an escape', 'messaging_product=whats%A', 'messaging_product: is not valid percent-encoding of UTF-8'],
    ['with an escape in Latin-1', 'reason=B%F6se', 'reason: is not valid percent-encoding of UTF-8'],
    ['with half of a surrogate pair', 'reason=%ED%A0%80', 'reason: is not valid percent-encoding of UTF-8'],
    ['with a name in Latin-1', 'B%F6se=1', 'body: is not valid percent-encoding of UTF-8'],
    [
      'without anything of ours',
      'hello',
      'hello: is not a parameter of this route; it takes messaging_product, block_users, reason, reason_code, dry_run, expires_at, expires_in, defer',
    ],
  ])('%s', async (_, body, message) => {
    expect(await block(rawForm(body))).toMatchObject({ status: 400, body: refusal(message) });
  });
});

describe('a multipart form', () => {
  test('is read as clients write it', async () => {
    const text = (fields: string) => typed('multipart/form-data; charset=utf-8; boundary="a b\'c"', fields);
    const sent = text(
      [
        'This is a preamble.',
        "--a b'c \t",
        'content-disposition: FORM-DATA;name=messaging_product',
        'Content-Type: text/plain; charset=UTF-8',
        'Content-Transfer-Encoding: 8bit',
        'Content-Length: 8',
        '',
        'whatsapp',
        "--a b'c",
        'Content-Disposition: form-data; name="block_users"',
        'Content-Type: application/json',
        '',
        USERS.replace(',', ',\r\n\r\n'),
        "--a b'c",
        'Content-Disposition: form-data; name="reason"',
        '',
        '',
        "--a b'c--",
        'This is an epilogue.',
      ].join('\r\n'),
    );
    expect(await block(sent)).toMatchObject({ status: 200, body: { list: LIST } });
  });

  test('has the names that it quotes', async () => {
    const sent = multipartOf(part('a \\"quoted\\" name; filename=x', '1'));
    expect(await block(sent)).toMatchObject({
      status: 400,
      body: {
        error: { message: expect.stringContaining('a "quoted" name; filename=x: is not a parameter of this route') },
      },
    });
  });

  test('is read as this runtime writes it', async () => {
    const data = new FormData();
    for (const [name, value] of Object.entries(TERMS)) data.set(name, value);
    const written = new Response(data);
    const type = written.headers.get('content-type') ?? '';
    expect(await block(typed(type, await written.text()))).toMatchObject({
      body: { list: LIST, reason: TERMS.reason },
    });
  });

  const malformed = (why: string) => `body: is not valid multipart/form-data: ${why}`;
  const cutOff = malformed(
    `it does not end with --${BOUNDARY}--, or its lines do not end with CR and LF; check that it is complete, and that the boundary is right`,
  );
  const whole = String(multipart(FIELDS).body);
  const type = `multipart/form-data; boundary=${BOUNDARY}`;
  test.each<[string, Sent, string]>([
    ['cut off', typed(type, whole.slice(0, -BOUNDARY.length)), cutOff],
    [
      'with another boundary',
      typed('multipart/form-data; boundary=other', whole),
      cutOff.replaceAll(BOUNDARY, 'other'),
    ],
    ['with bare line feeds', typed(type, whole.replaceAll('\r\n', '\n')), cutOff],
    ['that is JSON', typed(type, '{}'), cutOff],
    ['with a part without headers', multipartOf(`--${BOUNDARY}\r\nwhatsapp\r\n`), malformed('a part has no headers')],
    [
      'whose boundary is in a value',
      multipartOf(part('reason', `x\r\n--${BOUNDARY}more`)),
      malformed('a part has no headers'),
    ],
    [
      'with a part without a name',
      multipartOf(`--${BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n`),
      malformed('a part has no name in Content-Disposition'),
    ],
    [
      'with a part of another kind',
      multipartOf(`--${BOUNDARY}\r\nContent-Disposition: attachment; name="x"\r\n\r\nx\r\n`),
      malformed('a part has no name in Content-Disposition'),
    ],
    [
      'with a header without a name',
      multipartOf(`--${BOUNDARY}\r\n: form-data\r\n\r\nx\r\n`),
      malformed('a part has a header without a name'),
    ],
    [
      'with a file',
      multipartOf(part('block_users', USERS, '; filename="users.json"')),
      "block_users: is a file; send its text as a field (with curl, -F 'name=<file')",
    ],
    [
      'with a file by its long name',
      multipartOf(part('block_users', USERS, "; filename*=UTF-8''x")),
      "block_users: is a file; send its text as a field (with curl, -F 'name=<file')",
    ],
    [
      'with a field in base64',
      multipartOf(part('reason', 'c3BhbQ==', '\r\nContent-Transfer-Encoding: BASE64')),
      'reason: Content-Transfer-Encoding base64 is not supported; send the text unencoded',
    ],
    [
      'with a field in Latin-1',
      multipartOf(part('reason', 'x', '\r\nContent-Type: text/plain; charset=iso-8859-1')),
      'reason: the charset must be utf-8',
    ],
    [
      'without a boundary',
      typed('multipart/form-data', whole),
      'Content-Type: multipart/form-data needs a boundary of 1 to 70 characters',
    ],
    [
      'with a boundary too long',
      typed(`multipart/form-data; boundary=${'x'.repeat(71)}`, whole),
      'Content-Type: multipart/form-data needs a boundary of 1 to 70 characters',
    ],
    [
      'without parts',
      multipartOf(),
      'messaging_product: must be "whatsapp"; block_users: must be a list of {"user": …} or {"user_id": …}',
    ],
  ])('%s is refused', async (_, sent, message) => {
    expect(await block(sent)).toMatchObject({ status: 400, body: refusal(message) });
  });

  test('is read as exactly the fields that were put in, or refused', async () => {
    const reason = fc
      .string({ unit: 'grapheme', maxLength: 60 })
      .filter((text) => /^[^\p{C}\p{Zl}\p{Zp}]*$/u.test(text));
    await fc.assert(
      fc.asyncProperty(reason, fc.string({ unit: 'grapheme-ascii', maxLength: 20 }), async (text, cut) => {
        for (const make of [form, multipart]) {
          const { body } = await block(make({ ...FIELDS, reason: text }));
          // One in which nothing can be seen is none.
          expect(body).toMatchObject({ list: LIST, ...(asSeen(text) === '' ? {} : { reason: text }) });
          const sent = make({ ...FIELDS, reason: text });
          const broken = await block({ ...sent, body: String(sent.body).replace(cut, '') });
          expect([200, 400]).toContain(broken.status);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('another media type', () => {
  const NOT_TAKEN = 'Content-Type: must be application/json, application/x-www-form-urlencoded or multipart/form-data';
  const JSON_BODY = { messaging_product: 'whatsapp', block_users: JSON.parse(USERS) };
  const CHARSET = 'Content-Type: the charset must be utf-8';

  test.each([
    ['text/plain;charset=UTF-8', NOT_TAKEN],
    ['text/xml', NOT_TAKEN],
    ['application/octet-stream', NOT_TAKEN],
    ['application/jsonp', NOT_TAKEN],
    ['multipart/mixed; boundary=x', NOT_TAKEN],
    ['application/json, text/plain', NOT_TAKEN],
    ['json', NOT_TAKEN],
    ['application/json; charset=iso-8859-1', CHARSET],
    ['application/x-www-form-urlencoded; charset=utf-16', CHARSET],
    ['multipart/form-data; boundary=x; charset=latin1', CHARSET],
  ])('%s is 415', async (type, message) => {
    const sent = typed(type, JSON_BODY);
    expect(await block(sent)).toMatchObject({ status: 415, body: refusal(message) });
    expect(await unblock(sent)).toMatchObject({ status: 415, body: refusal(message) });
    const job = { resource: '/jobs', path: {}, ...sent };
    expect(await read(job, (request) => readCreateJobs(request, rulesAt(NOW)))).toMatchObject({ status: 415 });
    expect(await read(sent, readLookup)).toMatchObject({ status: 415 });
  });

  test('is a compressed body', async () => {
    const sent = { headers: { 'Content-Encoding': 'gzip' }, body: JSON_BODY };
    expect(await block(sent)).toMatchObject({
      status: 415,
      body: refusal('Content-Encoding: is not supported; send the body uncompressed'),
    });
    expect(await block({ ...sent, headers: { 'Content-Encoding': 'identity' } })).toMatchObject({ status: 200 });
  });

  test('without a body does not matter', async () => {
    expect(await unblock({ query: FIELDS, headers: { 'Content-Type': 'text/plain' } })).toMatchObject({ status: 200 });
  });
});

test.each(['application/json', 'application/x-www-form-urlencoded', `multipart/form-data; boundary=${BOUNDARY}`])(
  'an empty body of type %s is one that is missing',
  async (type) => {
    for (const body of ['', '\ufeff', undefined]) {
      expect(await block(typed(type, body))).toMatchObject({
        status: 400,
        body: refusal('body: is empty; send JSON'),
      });
    }
  },
);

test('more than 6 MB of a form are 413', async () => {
  for (const sent of [
    form({ ...FIELDS, padding: 'x'.repeat(6 * 1024 * 1024) }),
    multipart({ ...FIELDS, padding: 'x'.repeat(6 * 1024 * 1024) }),
  ]) {
    expect(await block(sent)).toMatchObject({ status: 413 });
  }
});

test('POST /jobs and a lookup take the same forms', async () => {
  const job = { action: 'block', phone_number_ids: JSON.stringify([NUMBER]), block_users: USERS, expires_in: '60' };
  const create = (sent: Sent) =>
    read({ resource: '/jobs', path: {}, ...sent }, (request) => readCreateJobs(request, rulesAt(NOW)));
  for (const sent of [form(job), multipart(job), { query: job }]) {
    expect(await create(sent)).toMatchObject({
      status: 200,
      body: { action: 'block', phoneNumberIds: [NUMBER], list: LIST, expiresAt: '2027-01-31T12:01:00.000Z' },
    });
    const lookup = { ...sent, ...form({ users: '["16505551234"]' }), query: {} };
    expect(await read(lookup, readLookup)).toMatchObject({ body: { entries: [{ input: '16505551234' }] } });
  }
  expect(await create({ ...form({ ...job, phone_number_ids: NUMBER }) })).toMatchObject({
    status: 400,
    body: refusal('phone_number_ids: must be a list of phone number ids'),
  });
});

describe('a webhook', () => {
  const PAYLOAD = JSON.stringify({ object: 'whatsapp_business_account', entry: [] });
  const receive = (sent: Sent) => read({ resource: '/webhooks/whatsapp', path: {}, ...sent }, readWebhook);

  test.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream'])(
    'is read as JSON, even if its forwarder calls it %s',
    async (type) => {
      for (const body of [PAYLOAD, `\ufeff${PAYLOAD}`]) {
        expect(await receive(typed(type, body))).toMatchObject({ status: 200, body: { numbers: [], notFollowed: [] } });
      }
    },
  );

  test.each<[Sent, number, string]>([
    [typed('application/json', '{'), 400, 'body: is not valid JSON'],
    [{ body: '{' }, 400, 'body: is not valid JSON'],
    [typed('text/xml', '<a/>'), 415, 'Content-Type: must be application/json, and the body must be JSON'],
    [
      form({ object: 'whatsapp_business_account' }),
      415,
      'Content-Type: must be application/json, and the body must be JSON',
    ],
    [{ body: '' }, 400, 'body: is empty; send JSON'],
  ])('%j is refused', async (sent, status, message) => {
    expect(await receive(sent)).toMatchObject({ status, body: refusal(message) });
  });

  test('is verified with its byte order mark: the signature is over every byte', () => {
    const sent = gatewayEvent({ resource: '/webhooks/whatsapp', path: {}, body: `\ufeff${PAYLOAD}`, base64: true });
    expect(readSignature(readRequest(sent, {})).body).toBe(`\ufeff${PAYLOAD}`);
  });
});

test('a route without a body accepts an empty one, and refuses one that it cannot read', async () => {
  const none = (sent: Sent) => read({ resource: '/jobs/{id}/cancel', ...sent }, readNoParameters);
  for (const sent of [{}, { body: '' }, { body: '{}' }, typed('text/plain', ''), form('')]) {
    expect(await none(sent)).toMatchObject({ status: 200 });
  }
  expect(await none({ body: '{' })).toMatchObject({ status: 400, body: refusal('body: is not valid JSON') });
});
