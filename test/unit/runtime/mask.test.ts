import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIdentity } from '../../../lambdas/core/users/identity.ts';
import { mask } from '../../../lambdas/runtime/mask.ts';
import { findLeaks } from '../../support/leaks.ts';

describe('what is logged', () => {
  test.each([
    ['a number', 'No user 16505551234 here', 'No user […34] here'],
    ['E.164', '"+16505551234"', '"[…34]"'],
    ['spaces and brackets', 'to +1 (650) 555-1234.', 'to […34].'],
    ['dots', '44.7911.123456', '[…56]'],
    ['typographic dashes', '49‑151‑23456789', '[…89]'],
    ['a URL', '/block_users/%2B16505551234/history', '/block_users/[…34]/history'],
    ['a dash in front', 'tel-16505551234', 'tel-[…34]'],
    ['a dash behind', '16505551234-x', '[…34]-x'],
    ['several', '16505551234,14155559876', '[…34],[…76]'],
    ['a shorter number', 'user 2901234', 'user […34]'],
    ['a key of the mirror', '{"sk":"USER#16505551234"}', '{"sk":"USER#[user]"}'],
    ['a user id in a key', '{"sk":"USER#US.134912"}', '{"sk":"USER#[user]"}'],
    ['a key of the history', 'AUDIT#106540352242922#US.134912 is', 'AUDIT#106540352242922#[user] is'],
    ['a key of the history of every number', 'AUDIT#*#a1b2 is', 'AUDIT#*#[user] is'],
    ["Meta's token", 'token EAAJB-x_9yz is bad', 'token [token] is bad'],
    [
      'a key of a caller, but for its id',
      'key wabl_prod_Aa00b000c001_gSB9K1zeN6DqpqOiRb8128vnh5SwCsKpOol9PBmzFzf1ygWOH.',
      'key wabl_prod_Aa00b000c001_[token].',
    ],
    ['a key that is cut off', '"wabl_dev-2_Aa00b000c001_gSB9"', '"wabl_dev-2_Aa00b000c001_[token]"'],
    ['a key in its header', 'Bearer wabl_prod_Aa00b000c001_gSB9K1zeN6Dqpq', '[token]'],
    ["Splashify's token", '"pk_live_9x8y"', '"[token]"'],
    [
      'a token of no known kind in a URL',
      'GET /debug_token?input_token=12%7Cab&x=1',
      'GET /debug_token?input_token=[token]&x=1',
    ],
    ['a number in place of an id', 'phone number id +16505551234', 'phone number id […34]'],
    ['a number behind an id', 'phone number id 106540352242922, 16505551234', 'phone number id 106540352242922, […34]'],
    ['brackets and slashes', 'to +49 (30)/1234567, [650] 555/1234 5', 'to […67], [[… 5]'],
    ['invisible characters', 'to \u202a+1\u00a0650\u200b555\ufe0f\u20111234\u202c.', 'to \u202a[…34]\u202c.'],
    ['full width', 'to ＋８６（１３８）００１３－８０００', 'to […００]'],
    ['another script', 'to ٩٦٦٥٠٥٥٥٣٠٠٤', 'to […٠٤]'],
    ['a user id', 'No user US.13491208655302741918 here', 'No user [user] here'],
    ['a parent id', '"BR.ENT.a1B2c3"', '"[user]"'],
    ['a user id in lower case', 'user us.134912, br.ent.a1b2c3 and at.US.12', 'user [user], [user] and at.[user]'],
    ['a user id in full width', 'ＵＳ．１３４９１２', '[user]'],
    ['a user id with invisible characters', '\u200eU\u200dS.13\u200b4\u200e', '\u200e[user]'],
    ['a number behind a letter', 'user16505551234', 'user[…34]'],
    ['a number before a letter', '16505551234abc', '[…34]abc'],
    ['behind an escaped newline', '{"m":"no\\n16505551234, \\\\n16505559876"}', '{"m":"no\\n[…34], \\\\n[…76]"}'],
    ['an escaped space', '1\\u00a0650\\u00a05551234 and 1%20650%205551234', '[…34] and […34]'],
    ['full width beside letters', 'x１６５０５５５１２３４y', 'x[…３４]y'],
    ['a user id behind an escaped newline', 'no\\nUS.134912 and \\nus.134912', 'no\\n[user] and \\n[user]'],
    ['a phone number as the id of a number', 'phone number id 16505551234', 'phone number id […34]'],
    ['a phone number in a job id', '16505551234-01JZ5W8Q6M3N4P5R6S7T8V9WXY', '[…34]-01JZ5W8Q6M3N4P5R6S7T8V9WXY'],
    ['a cursor by its name', '?limit=1&after=QVFIabc%3D&x=1', '?limit=1&after=[cursor]&x=1'],
    ['a cursor in escaped JSON', '{\\"after\\":\\"QVFIabc\\"}', '{\\"after\\":\\"[cursor]\\"}'],
    [
      'a cursor with a user, without a name',
      `at ${Buffer.from('[3,"16505551234"]').toString('base64url')}.`,
      'at [cursor].',
    ],
    ['a token in JSON', '{"access_token":"abcd.1"}', '{"access_token":"[token]"}'],
    ['a proof', '?appsecret_proof=0a1b2c3d&x=1', '?appsecret_proof=[token]&x=1'],
    ['a signature', 'X-Hub-Signature-256: sha256=0a1b2c3d4e', 'X-Hub-Signature-256: [token]'],
    ['a token behind an escaped newline', 'is\\nEAAJB-x_9yz', 'is\\n[token]'],
    [
      'keys of AWS',
      'ASIAIOSFODNN7EXAMPLE, X-Amz-Security-Token=IQoJb3JpZ2luX2Vj',
      '[token], X-Amz-Security-Token=[token]',
    ],
    ['a header', 'authorization: Bearer abc.def, next', 'authorization: [token] next'],
  ])('has no whole user and no token: %s', (_, text, masked) => {
    expect(mask(text)).toBe(masked);
    expect(findLeaks(mask(text))).toEqual([]);
  });

  test.each([
    'An answer of 64000 users took 1234 ms',
    'The token of phone number id 106540352242922, phone number id 106540352242923 ends at 2026-11-08T12:00:00.000Z.',
    "--secret-id 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:WhatsAppToken-AbCdEf'",
    'Job 106540352242922-01JZ5W8Q6M3N4P5R6S7T8V9WXY is missing',
    'ConditionalCheckFailedException: The conditional request failed',
    'at handler (/var/task/process-chunk.mjs:1234:56)',
    'dynamodb.eu-central-1.amazonaws.com, on.example.org and no.1',
    '139103',
    'operation 01JZ5W8Q6M3N4P5R6S7T8V9WXY of NUMBER#106540352242922',
    'RequestId: c6af9ac6-1234-4567-8901-123456789012, Root=1-5759e988-bd862e3fe1be46a994272793',
    'The token is missing: put it in; after 3 tries, before noon',
    '',
  ])('stays readable: %j', (text) => {
    expect(mask(text)).toBe(text);
  });

  test('keeps every id of a request or a trace, by which its lines are found', () => {
    const hex = (length: number) =>
      fc.stringMatching(new RegExp(`^(?:eaa)?[0-9a-f]{${length}}$`)).map((id) => id.slice(0, length));
    const uuid = fc.tuple(hex(8), hex(4), hex(4), hex(4), hex(12)).map((parts) => parts.join('-'));
    const trace = fc.tuple(hex(8), hex(24)).map((parts) => `Root=1-${parts.join('-')}`);
    fc.assert(
      fc.property(fc.oneof(uuid, trace), (id) => {
        expect(mask(id)).toBe(id);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of a megabyte is masked quickly', () => {
    // CPU time of this process alone, so that other work of the machine does not count.
    const started = process.cpuUsage();
    mask('1 '.repeat(500_000));
    mask('1-('.repeat(300_000));
    mask('Bearer '.repeat(100_000));
    mask(`1${'\u200b'.repeat(500_000)}`.repeat(2));
    mask(`12${' '.repeat(500_000)}`.repeat(2));
    mask('us.1'.repeat(200_000));
    mask(`us.${'a'.repeat(1_000_000)}`);
    mask('US.'.repeat(300_000));
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(1_000);
  });
});

/** Spellings that the reader of identities takes, and many that it does not. */
const spellings = fc.oneof(
  fc
    .array(
      fc.tuple(
        fc.string({ unit: fc.constantFrom(...'0123456789０１９'), minLength: 1, maxLength: 5 }),
        fc.constantFrom(
          '',
          ' ',
          '-',
          '.',
          '/',
          ' (',
          ') ',
          ')',
          '　',
          '（',
          '）',
          '\u2011',
          '\u00a0',
          ' - ',
          ')  -  (',
          '\u2212',
        ),
        fc.constantFrom('', '', '', '\u200b', '\ufe0f\u20e3', '\u3164', '\u2800', '\u{e0100}', '\u061c'.repeat(40)),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .chain((groups) => fc.constantFrom('', '+', '＋', '\u200e+').map((plus) => plus + groups.flat().join(''))),
  fc
    .tuple(
      fc.constantFrom('US', 'us', 'Br', 'ＵＳ', 'u\u200bs'),
      fc.constantFrom('.', '．', '.ENT.', '.ent.', '\u200e.'),
      fc.string({
        unit: fc.constantFrom(...'0123456789０１９abcXYZｘ', '\u200b', '\ufe0f'),
        minLength: 1,
        maxLength: 30,
      }),
    )
    .map((parts) => parts.join('')),
);

test('of any spelling that is read as a user, at most the last two digits are left', () => {
  let read = 0;
  const around = fc.constantFrom(
    ['', ''],
    ['to ', ' now'],
    ['"', '"'],
    ['{"user":"', '"}'],
    ['(', ')'],
    ['user=', '&x=1'],
    ['#', ';'],
  );
  fc.assert(
    fc.property(spellings, around, (spelling, [before = '', behind = '']) => {
      const identity = parseIdentity(spelling);
      if (!identity) return;
      read += 1;
      const masked = mask(before + spelling + behind);
      const digits = masked.replace('x=1', '').match(/\p{Nd}/gu) ?? [];
      expect(digits.length).toBeLessThanOrEqual(2);
      // Fewer may be the name of a host.
      const isUserId = identity.kind === 'bsuid' && identity.id.replace(/\D/g, '').length > 2;
      if (isUserId) expect(masked).toBe(`${before}[user]${behind}`);
    }),
    { numRuns: 5_000 },
  );
  expect(read).toBeGreaterThan(1_000);
});
