/**
 * Makes the demo's list and the facts about its users: `node local/demo/make-list.ts` writes `users.csv` and `world.json`,
 * always the same. The list looks like a real one; the numbers are from ranges that no carrier assigns.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StartOptionsInput } from '../graph-simulator/options.ts';

/** The phone number id that the demo works on, and the phone number behind it. */
export const DEMO_NUMBER = '106540352242922';
export const OWN_NUMBER = '16505550100';
const ENTRIES = 2_500;
const COUNTS = { silent: 45, notOnWhatsApp: 30, bsuids: 25, otherWaId: 20, malformed: 22, duplicates: 90 };
/** A moment long past: more than 24 hours before any demo. */
const LONG_AGO = 0;

const MALFORMED = [
  'n/a',
  'unknown',
  '555-1234',
  '0650 555 7000',
  'see ticket 4711',
  '+1 650 CALL NOW',
  '??',
  '-',
  '16505553020.0',
  '(415) 555-1212',
  '1.6505553020E+10',
  '+1 650 555 3021 / +1 650 555 3022',
  '2026-11-22',
];

interface DemoList {
  readonly csv: string;
  readonly world: StartOptionsInput;
}

/** The same list for the same seed: a linear congruential generator is random enough for a demo. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

/** The spellings of one number as people type, paste and export them. */
function spell(digits: string, style: number): string {
  const local = digits.slice(1);
  const [area, prefix, line] = [local.slice(0, 3), local.slice(3, 6), local.slice(6)];
  const spellings = [
    `+${digits}`,
    digits,
    `+1 ${area} ${prefix} ${line}`,
    `+1 (${area}) ${prefix}-${line}`,
    `＋1（${area}）${prefix}－${line}`,
    `+1.${area}.${prefix}.${line}`,
    // As it is copied out of a contact: a no-break space, and marks for the direction of writing.
    `\u061c\u202a+1\u00a0${area}\u00a0${prefix}\u2011${line}\u202c`,
  ];
  return spellings[style % spellings.length] ?? digits;
}

export function makeDemoList(): DemoList {
  const random = generator(20_261_122);
  const rows: [user: string, comment: string][] = [];
  let next = 1_000;
  const number = () => `1650555${String(next++).padStart(4, '0')}`;
  const add = (digits: string, comment = '') => rows.push([spell(digits, random(7)), comment]);

  const silent = Array.from({ length: COUNTS.silent }, number);
  const invalid = Array.from({ length: COUNTS.notOnWhatsApp }, number);
  const business = number();
  for (const digits of silent) add(digits, 'wrote weeks ago');
  for (const digits of invalid) add(digits, 'landline?');
  add(business, 'reseller');
  add(OWN_NUMBER, 'our own line');
  for (let index = 0; index < COUNTS.bsuids; index += 1) {
    rows.push([`US.1349120865530274${String(1_000 + index)}`, 'no number shown']);
  }
  // Argentine mobiles: dialled with a 9 that WhatsApp leaves out.
  const waIds: Record<string, string> = {};
  for (let index = 0; index < COUNTS.otherWaId; index += 1) {
    const subscriber = `1155500${String(100 + index)}`;
    waIds[`549${subscriber}`] = `54${subscriber}`;
    rows.push([`+54 9 11 ${subscriber.slice(2, 6)}-${subscriber.slice(6)}`, 'Buenos Aires']);
  }
  for (let index = 0; index < COUNTS.malformed; index += 1) {
    rows.push([`${MALFORMED[index % MALFORMED.length]}${index < MALFORMED.length ? '' : ` (${index})`}`, '']);
  }
  const reasons = ['spam', 'abusive', 'asked to, see ticket', 'fraud; "refund" scheme', ''];
  while (rows.length < ENTRIES - COUNTS.duplicates) add(number(), reasons[random(reasons.length)]);
  for (let index = 0; index < COUNTS.duplicates; index += 1) {
    add(`1650555${String(1_100 + random(2_000)).padStart(4, '0')}`, 'again');
  }
  for (let last = rows.length - 1; last > 0; last -= 1) {
    const other = random(last + 1);
    const [a, b] = [rows[last], rows[other]];
    if (a && b) [rows[last], rows[other]] = [b, a];
  }
  return {
    csv: `user,comment\n${rows.map((row) => row.map(quote).join(',')).join('\n')}\n`,
    world: {
      numbers: { [DEMO_NUMBER]: { ownNumber: OWN_NUMBER } },
      lastInboundAt: Object.fromEntries(silent.map((digits) => [digits, LONG_AGO])),
      invalidNumbers: invalid,
      businessAccounts: [business],
      waIds,
    },
  };
}

function quote(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

if (import.meta.main) {
  const { csv, world } = makeDemoList();
  writeFileSync(join(import.meta.dirname, 'users.csv'), csv);
  writeFileSync(join(import.meta.dirname, 'world.json'), `${JSON.stringify(world, null, 2)}\n`);
}
