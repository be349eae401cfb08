import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIdentity, readBsuid, readIdentity } from '../../../lambdas/core/users/identity.ts';
import { PROBLEMS, type Problem } from '../../../lambdas/core/users/problems.ts';
import { withoutTrunkZero } from '../../../lambdas/core/users/trunk-zero.ts';

const REFUSED: Readonly<Record<Problem, readonly string[]>> = {
  nobody: [
    'not a number',
    'Jo 16505551234',
    'n/a',
    '+',
    '-',
    "'+16505551234",
    '+1 650 CALL NOW',
    '+1 650 555 1234²',
    '+1 650 555 ½',
    '①⑥⑤⓪⑤⑤⑤①②③④',
    '16505551234\u0000',
    '+1_650_555_1234',
    '+1 650 555 1234 (home)',
  ],
  empty: ['', '   ', '\u200b', '\u3164'],
  tooLong: [`${' '.repeat(300)}16505551234`],
  userId: ['US.', 'US.ENT.', 'US.134-912', 'us.134 912', `US.${'9'.repeat(129)}`, 'US.134²', 'US.ABC.134'],
  decimal: [
    '16505553020.0',
    '16505553020.00',
    '16505553020,0',
    '+16505553020.0',
    '+1 650 555 3020.0',
    '+1.650.555.3020.0',
    '1650555.302',
    '1,650,555',
    '16,505,553,020',
    '１６５０５５５３０２０．０',
  ],
  exponent: ['1.65E+10', '1,65055E+10', '1.6505553020e10', '+1.65E+10'],
  date: [
    '2026-11-30',
    '30.11.2026',
    '11/30/2026',
    '2026-11-30T10:00:00Z',
    '2026-11-30 10:00',
    '+2026-11-30',
    '30-11-2026',
  ],
  twoNumbers: [
    '+1 650 555 1234 / +1 650 555 1235',
    '+1 650 555 1234/35',
    '+49 30 1234567/68',
    '+49 30/1234567/68',
    '+16505551234, +14155559876',
    '16505551234,14155559876',
    '16505551234;14155559876',
    '+16505551234 or +16505551235',
    '1+6505551234',
    '+1+6505551234',
  ],
  extension: [
    '+16505551234 x12',
    '+1 650 555 1234 ext. 12',
    '+16505551234;ext=12',
    '+16505551234#12',
    '+1 650 555 1234x123',
  ],
  uri: ['tel:+1-650-555-1234', 'https://wa.me/16505551234', 'wa.me/16505551234', 'whatsapp:+16505551234'],
  lines: ['+16505551234\n+16505551235', '+1 650\r\n555 1234', '16505551234\u202816505551235', '+1\u0085650 555 1234'],
  script: ['١٦٥٠٥٥٥١٢٣٤', '+٩٦٦٥٠٥٥٥٣٠٠٤', '+1650555१२३४', '\ud835\udfcf6505551234'],
  noPlus: [
    '(415) 555-1212',
    '(0)20 7946 0958',
    '020 7946 0958',
    '0650 555 7000',
    '06505551234',
    '1 650 555 1234',
    '1-650-555-1234',
    '1.650.555.1234',
    '(+1) 650 555 1234',
    '650/5551234',
    '165055 51234',
  ],
  prefix: ['0016505551234', '00 1 650 555 1234', '011 44 20 7946 0958', '+0044 20 7946 0958', '+0 650 555 1234'],
  trunkZero: [
    '+1 (0)650 555 1234',
    '+55 (0)31 98765 4321',
    '+241 06 12 34 56',
    '+44 (0)020 7946 0958',
    '+44 20 (0) 7946 0958',
  ],
  separators: [
    '++16505551234',
    '+ 1 650 555 1234',
    '+1 650 -- 555 1234',
    '+1..650',
    '+1 650 555 1234.',
    '+1 650 555 1234 -',
    '+1 (650 555 1234',
    '+1 650) 555 1234',
    '+1 (650] 555 1234',
    '+1 ((650)) 555 1234',
    '+1 () 650 555 1234',
    '+1 650    555 1234',
    '+1 650 555...1234',
  ],
  length: ['123456', '1234567890123456', '+1 650', '+1 650 555 1234 5678 90'],
};

describe('a spelling that could be the number of somebody else, or is none', () => {
  const table = Object.entries(REFUSED).flatMap(([problem, texts]) => texts.map((text) => [text, problem] as const));

  test.each(table)('%j is refused as %s', (text, problem) => {
    expect(readIdentity(text)).toBe(problem);
    expect(parseIdentity(text)).toBeUndefined();
  });

  test('has its own reason for each', () => {
    expect(new Set(Object.values(PROBLEMS)).size).toBe(Object.keys(REFUSED).length);
  });

  test.each(['', '+16505551234', '16505551234', 'nobody'])('%j is no user id', (text) => {
    expect(readBsuid(text)).toBe(text === '' ? 'empty' : 'userId');
  });
});

const SEPARATORS = [
  ' ',
  '-',
  '.',
  '/',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '+',
  ',',
  '  ',
  ' (',
  ') ',
  '\u00a0',
  '\u2011',
  '\u2212',
];
const WIDE = ['０', '１', '２', '９', '＋', '（', '）', '－', '．', '／', '　'];
const UNSEEN = ['\u061c', '\u200e', '\ufe0f', '\u20e3', '\u3164', '\u2800', '\u{e0100}', '\u00ad', '\ufeff'];
const ODD = ['²', '½', '①', '٣', 'x', 'e', '\n', '\u0000', '…', 'ー'];

/** Texts that look more or less like numbers. */
const nearlyNumbers = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 5 }) },
      { weight: 4, arbitrary: fc.constantFrom(...SEPARATORS) },
      { weight: 1, arbitrary: fc.constantFrom(...WIDE, ...UNSEEN) },
      {
        weight: 1,
        arbitrary: fc.oneof(
          { weight: 9, arbitrary: fc.constant('') },
          { weight: 1, arbitrary: fc.constantFrom(...ODD) },
        ),
      },
    ),
    { maxLength: 12 },
  )
  .chain((parts) => fc.constantFrom(parts.join(''), `+${parts.join('')}`));

test('any text is either refused, or read as exactly the digits that it shows, without a trunk zero', () => {
  let read = 0;
  fc.assert(
    fc.property(nearlyNumbers, (text) => {
      const identity = parseIdentity(text);
      if (!identity) return;
      read += 1;
      // Computed independently: every decimal digit in the text, of any script.
      const shown = [...text]
        .filter((character) => /\p{N}/u.test(character))
        .map((digit) => digit.normalize('NFKC'))
        .join('');
      expect([shown, withoutTrunkZero(shown)]).toContain(identity.id);
      const seen = [...text]
        .filter((character) => !UNSEEN.includes(character))
        .join('')
        .trim();
      expect(seen).toMatch(/^[+＋]|^[0-9０-９]+$/);
    }),
    { numRuns: 20_000 },
  );
  expect(read).toBeGreaterThan(500);
});

test('a list of 64,000 of the worst texts is read in a few seconds', () => {
  const worst = [
    '1'.repeat(256),
    '1 '.repeat(128),
    `${'1'.repeat(255)}!`,
    `+1${'(1)'.repeat(84)}!`,
    '+1 (1'.repeat(51),
    'x1'.repeat(128),
  ];
  const started = process.cpuUsage();
  for (let index = 0; index < 64_000; index += 1) readIdentity(worst[index % worst.length] ?? '');
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(4_000);
});
