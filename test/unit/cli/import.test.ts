import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRows } from '../../../cli/import/read-rows.ts';
import { type FakeService, NUMBER, refusal, runCli, type SeenCall } from '../../support/cli.ts';

const NOW = Date.parse('2026-11-30T12:00:00.000Z');

describe('rows of a CSV', () => {
  const users = (text: string, columns = {}) => readRows(text, columns, NOW).rows.map(({ user, id }) => [user, id]);

  it('a file of one column without heads is a list of users', () => {
    expect(users('16505551234\n+1 650 555 0100\n')).toEqual([
      ['16505551234', '16505551234'],
      ['+1 650 555 0100', '16505550100'],
    ]);
  });

  it('finds the column of users by its usual names, and by the one that is given', () => {
    expect(users('note,Phone\nx,+16505551234\n')).toEqual([['+16505551234', '16505551234']]);
    expect(users('phone,mobile\n+1,+16505551234\n', { user: 'Mobile' })).toEqual([['+16505551234', '16505551234']]);
    expect(() => users('a,b\n1,2\n')).toThrow('Which column has the users? The columns are a, b');
    expect(() => users('a,b\n1,2\n', { user: 'c' })).toThrow('There is no column c; the columns are a, b');
    expect(() => users('')).toThrow('The file is empty');
    expect(() => users('user\n"a\n')).toThrow('Not a CSV');
  });

  it('a row uses the first id that it has: what export writes for users of each kind', () => {
    expect(users('wa_id,user_id,input\n1650,,+16505551234\n,US.1,\n16505550100,US.2,\n')).toEqual([
      ['+16505551234', '16505551234'],
      ['US.1', 'US.1'],
      ['16505550100', '16505550100'],
    ]);
  });

  it('says of each row that cannot be sent its line and why, also after cells with line breaks', () => {
    const text =
      '\ufeffuser,note,expires_at\r\n0650 1,"two\nlines",\r\n16505551234,,soon\r\n16505551235,,2020-01-01T00:00:00Z\r\n16505551236,,2031-12-01T00:00:00Z\r\n';
    expect(readRows(text, {}, NOW).rows.map(({ line, problem }) => [line, problem])).toEqual([
      [2, expect.stringContaining('national number')],
      [4, 'The end is no date: soon'],
      [5, 'The end is past: 2020-01-01T00:00:00Z'],
      [6, 'The end is more than 5 years ahead: 2031-12-01T00:00:00Z'],
    ]);
  });
});

/** A service that makes jobs as the real one does: a key that it knows gives the jobs that were made for it. */
class Service {
  readonly jobs = new Map<string, { users: string[]; body: string; failed: string[] }>();
  readonly #byKey = new Map<string, string[]>();
  failing: readonly string[] = [];
  /** Calls about jobs. */
  calls = 0;
  rules: object = { reason_codes: ['spam', 'abuse'], require_reason: 'none' };
  /** Jobs that have not ended; undefined if a job ends at once. */
  open: Set<string> | undefined;
  mostOpen = 0;

  answer: FakeService = ({ method, path, headers, body }: SeenCall) => {
    if (path === '/numbers?limit=1') return { body: { data: [], paging: { cursors: {} }, ...this.rules } };
    this.calls += 1;
    if (method === 'POST') return this.#create(headers.get('idempotency-key') ?? '', body as Body);
    const [, id = '', users] = /^\/jobs\/([^/?]+)(\/users)?/.exec(path) ?? [];
    const job = this.jobs.get(id);
    if (!job) return refusal(404, 'no such job');
    if (!users) return { body: this.#present(id, this.open?.has(id) ? 'running' : undefined) };
    const data = job.failed.map((input) => ({
      input,
      outcome: 'failed',
      code: 131_047,
      message: 'Not within 24 hours',
    }));
    return { body: { data, paging: { cursors: {} } } };
  };

  #create(key: string, body: Body) {
    const text = JSON.stringify(body);
    const known = this.#byKey.get(key);
    if (known?.some((id) => this.jobs.get(id)?.body !== text)) return refusal(409, 'another body');
    const ids = known ?? body.phone_number_ids.map((number) => `${number}-${String(this.jobs.size).padStart(26, '0')}`);
    const users = body.block_users.map(({ user }) => user);
    this.#byKey.set(key, ids);
    if (!known)
      for (const id of ids)
        this.jobs.set(id, { users, body: text, failed: users.filter((user) => this.failing.includes(user)) });
    if (!known) for (const id of ids) this.open?.add(id);
    this.mostOpen = Math.max(this.mostOpen, this.open?.size ?? 0);
    return {
      status: 202,
      body: { batch_id: '0'.repeat(26), data: ids.map((id) => this.#present(id, known ? undefined : 'queued')) },
    };
  }

  #present(id: string, status = 'succeeded') {
    const { users = [], failed = [] } = this.jobs.get(id) ?? {};
    const done = status === 'succeeded' ? users.length : 0;
    return {
      id,
      phone_number_id: id.split('-')[0],
      action: 'block',
      status,
      users: {
        total: users.length,
        succeeded: done && done - failed.length,
        failed: done && failed.length,
        deferred: 0,
        remaining: users.length - done,
      },
      chunks: { total: 1, done: 0, failed: 0 },
      created_at: '2026-11-30T12:00:00.000Z',
      requested_by: 'a',
      activity: [],
    };
  }

  /** Every user with how often they were sent to a number. */
  sent(): Record<string, number> {
    const all = [...this.jobs].flatMap(([id, { users }]) => users.map((user) => `${id.split('-')[0]} ${user}`));
    return Object.fromEntries(all.map((one) => [one, all.filter((other) => other === one).length]));
  }
}

interface Body {
  phone_number_ids: string[];
  block_users: { user: string }[];
}

let folder: string;
let service: Service;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blocklist-import-'));
  service = new Service();
});
afterEach(() => rmSync(folder, { recursive: true }));

const CSV = `phone,why
+16505550101,spam
+16505550102,abuse
(650) 555,spam
+1 650 555 0101,spam
+16505550103,
+16505550104,abuse
`;
const ARGS = [
  'import',
  'u.csv',
  '--action',
  'block',
  '--reason-column',
  'why',
  '--reason',
  'other',
  '--failed',
  'failed.csv',
  '-o',
  'json',
];

function run(args: readonly string[] = ARGS, options = {}) {
  writeFileSync(join(folder, 'u.csv'), CSV);
  return runCli(args, { service: service.answer, cwd: folder, ...options });
}

it('every row is accounted for, users are sent once, grouped by their reason, and the failed rows can be imported again', async () => {
  service.failing = ['+16505550104'];
  const { exitCode, out, err } = await run();
  expect(exitCode).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    rows: 6,
    malformed: 1,
    duplicates: 1,
    sent: 4,
    succeeded: 3,
    deferred: 0,
    failed: 1,
  });
  expect(err).toContain('line 4: (650) 555: Perhaps a national number');
  expect(
    [...service.jobs.values()]
      .map(({ body }) => JSON.parse(body))
      .map(({ reason, block_users }) => [reason, block_users.length]),
  ).toEqual([
    ['spam', 1],
    ['abuse', 2],
    ['other', 1],
  ]);
  const failed = readFileSync(join(folder, 'failed.csv'), 'utf8');
  expect(failed.split('\n').slice(0, 3)).toEqual([
    'phone,why,failed_on,failed_code,failed_why',
    expect.stringContaining('(650) 555,spam,,,'),
    `+16505550104,abuse,${NUMBER},131047,Not within 24 hours`,
  ]);
  const again = await runCli(['import', 'failed.csv', '--action', 'block', '--reason-column', 'why', '-o', 'json'], {
    service: service.answer,
    cwd: folder,
  });
  expect(JSON.parse(again.out)).toMatchObject({ rows: 2, malformed: 1, sent: 1 });
  expect(readdirSync(folder).sort()).toEqual(['failed.csv', 'u.csv']);
});

/** The command is killed at one of its calls, before the service has taken it or after. */
const deaths = Array.from({ length: 8 }, (_, call) =>
  ['before', 'after'].map((when) => [when, call + 1] as const),
).flat();

it.each(deaths)(
  'killed %s call %i and resumed, nothing is sent twice and every row is accounted for',
  async (when, at) => {
    const killed = new AbortController();
    const dying: FakeService = async (call) => {
      const isLast = service.calls + 1 === at && call.path !== '/numbers?limit=1';
      const answer = isLast && when === 'before' ? {} : await service.answer(call);
      if (isLast) killed.abort();
      return answer;
    };
    const args = [...ARGS, '--number', `${NUMBER},106540352242923`];
    const first = await run(args, { service: dying, signal: killed.signal });
    if (first.exitCode === 0 || first.exitCode === 1) {
      // It ended before that call.
      expect(service.calls).toBeLessThan(at);
    } else {
      expect(first.exitCode).toBe(130);
      const silently = await run(args);
      expect(silently).toMatchObject({ exitCode: 6, err: expect.stringContaining('Give --resume to go on with it') });
      const resumed = await run([...args, '--resume']);
      expect(resumed.exitCode).toBe(1);
      expect(JSON.parse(resumed.out)).toMatchObject({
        rows: 6,
        malformed: 1,
        duplicates: 1,
        sent: 4,
        succeeded: 8,
        failed: 0,
      });
    }
    expect(Object.values(service.sent())).toEqual(Array(8).fill(1));
    expect(readdirSync(folder).sort()).toEqual(['failed.csv', 'u.csv']);
  },
);

it('killed before it knows what it may send, it has begun nothing', async () => {
  const stop = new AbortController();
  const dying: FakeService = (call) => {
    stop.abort();
    return service.answer(call);
  };
  expect((await run(ARGS, { service: dying, signal: stop.signal })).exitCode).toBe(130);
  expect(readdirSync(folder)).toEqual(['u.csv']);
  expect(service.calls).toBe(0);
});

describe('an import that stopped', () => {
  async function stopped() {
    const interrupt = new AbortController();
    const dying: FakeService = (call) => {
      if (call.method === 'POST') interrupt.abort();
      return service.answer(call);
    };
    await run(ARGS, { service: dying, signal: interrupt.signal });
  }

  it('is not resumed with other options, or another file', async () => {
    await stopped();
    expect(await run([...ARGS, '--resume', '--defer'])).toMatchObject({
      exitCode: 6,
      err: expect.stringContaining('not those of the import'),
    });
    writeFileSync(join(folder, 'u.csv'), `${CSV}+16505550109,\n`);
    const other = await runCli([...ARGS, '--resume'], { service: service.answer, cwd: folder });
    expect(other.exitCode).toBe(6);
  });

  it('is not resumed when the service has forgotten its key', async () => {
    await stopped();
    const late = await run([...ARGS, '--resume'], { now: () => NOW + 24 * 3_600_000 });
    expect(late).toMatchObject({ exitCode: 6, err: expect.stringContaining('more than a day ago') });
  });

  it('is resumed with another output, or another file for the rows that failed', async () => {
    await stopped();
    const resumed = await run([...ARGS.slice(0, -2), '--resume', '--failed', 'others.csv']);
    expect(resumed).toMatchObject({ exitCode: 1, out: expect.stringMatching(/Sent\s+4/) });
  });

  it('is begun anew with --restart', async () => {
    await stopped();
    expect((await run([...ARGS, '--restart'])).exitCode).toBe(1);
    expect(Object.values(service.sent())).toContain(2);
  });

  it("a file that is not an import's is left alone", async () => {
    writeFileSync(join(folder, 'u.csv.import.json'), 'mine');
    expect(await run()).toMatchObject({ exitCode: 6, err: expect.stringContaining('is not what an import writes') });
    expect(readFileSync(join(folder, 'u.csv.import.json'), 'utf8')).toBe('mine');
  });
});

it('the same import a second time within a day sends nothing again, and says so', async () => {
  await run();
  const again = await run();
  expect(again.err).toContain('This was imported before');
  expect(Object.values(service.sent())).toEqual([1, 1, 1, 1]);
});

it.each([
  [['--resume'], 'There is nothing to resume'],
  [['--resume', '--restart'], 'opposites'],
  [['--user-column', 'nope'], 'There is no column nope'],
])('%j is wrong usage, and nothing is sent', async (more, message) => {
  const { exitCode, err } = await run([...ARGS, ...more]);
  expect(exitCode).toBe(2);
  expect(err).toContain(message);
  expect(service.calls).toBe(0);
});

it('--dry-run counts the rows that cannot be sent, and ends with 1 because of them', async () => {
  writeFileSync(join(folder, 'rows.csv'), '16505551234\n+1 650 555 1234\ncall me\n');
  const users = { sent: 1, distinct: 1, new: 1, already: 0, malformed: 0, protected: 0, no_room: 0 };
  const dry: FakeService = (call) =>
    call.method === 'GET'
      ? service.answer(call)
      : { body: { messaging_product: 'whatsapp', dry_run: { users, results: [], truncated: false } } };
  const args = ['import', 'rows.csv', '--action', 'block', '--number', '1', '--dry-run'];
  const { exitCode, out } = await run([...args, '--output', 'json'], { service: dry });
  expect(exitCode).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ rows: 3, malformed: 1, duplicates: 1, dry_run: { users } });
  expect((await run(args, { service: dry })).out).toMatch(/^Rows +3\nMalformed rows +1\nDuplicate rows +1\nSent +1\n/);
});

it('--dry-run sums up what the jobs would do, keeps no state, and --all-numbers is every number in use', async () => {
  const bodies: unknown[] = [];
  const users = { sent: 1, distinct: 1, new: 1, already: 0, malformed: 0, protected: 0, no_room: 0 };
  const dry: FakeService = (call) => {
    if (call.method === 'GET') return service.answer(call);
    bodies.push(call.body);
    return { body: { messaging_product: 'whatsapp', dry_run: { users, results: [], truncated: false } } };
  };
  const { out } = await run([...ARGS, '--dry-run', '--all-numbers'], { service: dry });
  expect(JSON.parse(out).dry_run.users).toMatchObject({ sent: 1, new: 1 });
  // The reasons make no difference to what would happen, so it is asked for once.
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).toMatchObject({ all_numbers: true, dry_run: true });
  expect(Object(bodies[0]).block_users).toHaveLength(4);
  expect(bodies[0]).not.toHaveProperty('phone_number_ids');
  expect(readdirSync(folder)).toEqual(['u.csv']);
  expect((await run([...ARGS, '--all-numbers', '--number', '1'])).exitCode).toBe(2);
});

/** A file of so many users, each with a reason of their own. */
function writeReasons(name: string, count: number) {
  const rows = Array.from({ length: count }, (_, n) => `${16_505_550_000 + n},ticket ${n}`);
  writeFileSync(join(folder, name), `user,reason\n${rows.join('\n')}\n`);
}

describe('a file with a reason for each row', () => {
  it('is sent so that never more than 40 of its jobs are open; who has been sent is not sent again by a resumed one', async () => {
    writeReasons('many.csv', 130);
    service.open = new Set();
    const stop = new AbortController();
    // Each job ends some calls after it was made.
    const slow: FakeService = (call) => {
      const [oldest] = service.open ?? [];
      if (call.method === 'GET' && oldest !== undefined) service.open?.delete(oldest);
      if (call.method === 'POST' && service.jobs.size === 100) stop.abort();
      return service.answer(call);
    };
    const args = ['import', 'many.csv', '--action', 'block', '-o', 'json'];
    const first = await runCli(args, { service: slow, cwd: folder, signal: stop.signal });
    expect(first.exitCode).toBe(130);
    const resumed = await runCli([...args, '--resume'], { service: slow, cwd: folder });
    expect(resumed.exitCode).toBe(0);
    expect(JSON.parse(resumed.out)).toMatchObject({ rows: 130, sent: 130, succeeded: 130, failed: 0 });
    expect(service.mostOpen).toBeLessThanOrEqual(40);
    expect(new Set(Object.values(service.sent()))).toEqual(new Set([1]));
    // One line for each of 130 requests would hide what is said beside them.
    expect(resumed.err).not.toContain('Job 1');
    expect(resumed.err).toContain('130/130  requests sent');
  });

  it('is refused before anything is sent if it needs more than 5,000 jobs; with --one-reason it is one', async () => {
    writeReasons('many.csv', 5_001);
    const args = ['import', 'many.csv', '--action', 'block', '-o', 'json'];
    const refused = await runCli(args, { service: service.answer, cwd: folder });
    expect(refused.exitCode).toBe(2);
    expect(refused.err).toContain('5001 different reasons and ends');
    expect(refused.err).toContain('at most 5000; nothing was sent\nGive --one-reason');
    expect(service.calls).toBe(0);
    const one = await runCli([...args, '--one-reason', '--reason', 'the list of November'], {
      service: service.answer,
      cwd: folder,
    });
    expect(JSON.parse(one.out)).toMatchObject({ sent: 5_001, succeeded: 5_001 });
    expect([...service.jobs.values()].map(({ body }) => JSON.parse(body).reason)).toEqual(['the list of November']);
    expect(
      await runCli([...args, '--one-reason', '--reason-column', 'reason'], { service: service.answer, cwd: folder }),
    ).toMatchObject({ exitCode: 2, err: expect.stringContaining('give one or the other') });
  });
});

describe('rows whose reason the service would refuse', () => {
  const rows = [
    'user,reason_code,reason',
    '16505550101,spam,',
    '16505550102,typo,x',
    `16505550103,,${'x'.repeat(257)}`,
  ];
  const send = async (rules: object, more: readonly string[] = []) => {
    service.rules = rules;
    writeFileSync(
      join(folder, 'r.csv'),
      [...rows, '16505550104,,"two\nlines"', '16505550105,,\u202Eturned'].join('\n'),
    );
    return runCli(['import', 'r.csv', '--action', 'block', '--failed', 'f.csv', '-o', 'json', ...more], {
      service: service.answer,
      cwd: folder,
    });
  };

  it('are named by their line before anything is sent; the others are sent', async () => {
    const { exitCode, out, err } = await send({ reason_codes: ['spam', 'minor'], require_reason: 'none' });
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ rows: 5, malformed: 3, sent: 2 });
    expect(err).toContain('line 3: 16505550102: The reason code must be one of spam, minor; it is typo');
    expect(err).toContain('line 4: 16505550103: The reason has 257 characters, and the limit is 256');
    expect(err).toContain('line 7: 16505550105: The reason must be one line, without control characters');
    // A line break in a cell is no reason to refuse it.
    expect([...service.jobs.values()].map(({ body }) => JSON.parse(body).reason)).toEqual([undefined, 'two lines']);
  });

  it('are those without a code, or a text, where one is required; an option is for those without', async () => {
    const code = await send({ reason_codes: ['spam'], require_reason: 'code' });
    expect(code.err).toContain('line 5: 16505550104: A reason code is required, one of spam');
    expect(JSON.parse(code.out)).toMatchObject({ malformed: 4, sent: 1 });
    const text = await send({ reason_codes: ['spam'], require_reason: 'text' });
    expect(text.err).toContain('line 2: 16505550101: A reason is required');
    const given = await send({ reason_codes: ['spam'], require_reason: 'code' }, ['--reason-code', 'spam']);
    expect(JSON.parse(given.out)).toMatchObject({ malformed: 3, sent: 2 });
  });

  it('are judged by the rules of its beginning when the import goes on', async () => {
    const stop = new AbortController();
    service.rules = { reason_codes: ['spam'], require_reason: 'none' };
    const csv = 'user,reason_code\n16505550101,spam\n16505550102,late\n16505550103,\n';
    writeFileSync(join(folder, 'r.csv'), csv);
    const dying: FakeService = (call) => {
      if (call.method === 'POST') stop.abort();
      return service.answer(call);
    };
    const args = ['import', 'r.csv', '--action', 'block', '-o', 'json'];
    await runCli(args, { service: dying, cwd: folder, signal: stop.signal });
    service.rules = { reason_codes: ['late'], require_reason: 'none' };
    const resumed = await runCli([...args, '--resume'], { service: service.answer, cwd: folder });
    expect(JSON.parse(resumed.out)).toMatchObject({ malformed: 1, sent: 2 });
    expect(Object.values(service.sent())).toEqual([1, 1]);
  });

  it('are sent if the caller may not know the rules, which is said', async () => {
    const closed: FakeService = (call) =>
      call.path.startsWith('/numbers') ? refusal(403, 'no') : service.answer(call);
    const { err } = await run([...ARGS, '--reason-code', 'typo'], { service: closed });
    expect(err).toContain('You may not list the numbers');
    expect(Object.values(service.sent())).toEqual([1, 1, 1, 1]);
  });
});

it('an unblock takes no notice of the ends of the rows, as an export has them', async () => {
  writeFileSync(
    join(folder, 'e.csv'),
    'wa_id,expires_at\n16505550101,2030-01-01T00:00:00Z\n16505550102,2020-01-01T00:00:00Z\n',
  );
  const { out } = await runCli(['import', 'e.csv', '--action', 'unblock', '-o', 'json'], {
    service: service.answer,
    cwd: folder,
  });
  expect(JSON.parse(out)).toMatchObject({ malformed: 0, sent: 2 });
  expect([...service.jobs.values()].map(({ body }) => JSON.parse(body).expires_at)).toEqual([undefined]);
});

it('64,001 rows with one reason are two requests, of 64,000 and of one', async () => {
  writeFileSync(
    join(folder, 'big.csv'),
    Array.from({ length: 64_001 }, (_, n) => String(16_505_000_000 + n)).join('\n'),
  );
  const { exitCode } = await runCli(['import', 'big.csv', '--action', 'block'], {
    service: service.answer,
    cwd: folder,
  });
  expect(exitCode).toBe(0);
  expect([...service.jobs.values()].map(({ users }) => users.length)).toEqual([64_000, 1]);
});
