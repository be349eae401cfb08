import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cannedAws } from '../../support/canned-aws.ts';
import { type FakeService, NUMBER, refusal, runCli, type SeenCall } from '../../support/cli.ts';

const AT = '2026-11-30T11:00:00.000Z';
const JOB = `${NUMBER}-01JG0000000000000000000000`;
const job = (status: string, done: number, failed = 0) => ({
  id: JOB,
  phone_number_id: NUMBER,
  action: 'block',
  status,
  users: { total: 100, succeeded: done - failed, failed, deferred: 0, remaining: 100 - done },
  chunks: { total: 1, done: 0, failed: 0 },
  created_at: AT,
  requested_by: 'arn:aws:iam::1:role/a',
  activity: [{ at: AT, verb: 'created', actor: 'arn:aws:iam::1:role/a' }],
});
const product = { messaging_product: 'whatsapp' };

/** Keeps what it was asked, and answers each with the same. */
function recording(body: unknown, status = 200) {
  const seen: SeenCall[] = [];
  const service: FakeService = (call) => {
    seen.push(call);
    return { status, body };
  };
  return { seen, service };
}

describe('block and unblock', () => {
  it('a block sends its terms, and ends with 0 if all are blocked', async () => {
    const added_users = [{ input: '+16505551234', wa_id: '16505551234' }];
    const { seen, service } = recording({ ...product, block_users: { added_users } });
    const args = [
      'block',
      '+16505551234',
      '--reason',
      'spam',
      '--reason-code',
      'abuse',
      '--expires-in',
      '7d',
      '--defer',
    ];
    const run = await runCli(args, { service });
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(run.out).toMatch(/\+16505551234\s+blocked\s+16505551234/);
    expect(seen[0]).toMatchObject({ method: 'POST', path: `/${NUMBER}/block_users` });
    expect(seen[0]?.body).toEqual({
      ...product,
      block_users: [{ user: '+16505551234' }],
      reason: 'spam',
      reason_code: 'abuse',
      expires_in: 604_800,
      defer: true,
    });
  });

  it('users who failed are shown with the reason, and the command ends with 1', async () => {
    const errors = [{ message: '(#131047)', code: 131_047, error_data: { details: 'Not within 24 hours' } }];
    const block_users = { added_users: [], deferred_users: [{ input: '3' }], failed_users: [{ input: '2', errors }] };
    const error = { message: 'm', type: 't', code: 139_100, error_data: { details: 'd' }, fbtrace_id: 'f' };
    const run = await runCli(['block', '2', '3'], recording({ ...product, block_users, error }, 400));
    expect(run).toMatchObject({ exitCode: 1, err: '1 of 2 failed\n' });
    expect(run.out).toMatch(/2\s+failed\s+131047\s+Not within 24 hours/);
    expect(run.out).toMatch(/3\s+deferred/);
  });

  it('what became a job is printed as its id, and how to watch it', async () => {
    const run = await runCli(['block', '2'], recording({ ...product, job: job('queued', 0) }, 202));
    expect(run).toMatchObject({ exitCode: 0, out: `${JOB}\n` });
    expect(run.err).toContain(`blocklist jobs watch ${JOB}`);
  });

  const many = Array.from({ length: 1_001 }, (_, index) => String(16_505_550_000 + index));
  const removed = { ...product, block_users: { removed_users: [] } };

  it('an unblock of more than 1,000 is sent once the count was typed, or with --yes', async () => {
    for (const options of [{ typed: '1001' }, { args: ['--yes'] }]) {
      const { seen, service } = recording(removed);
      const run = await runCli(['unblock', ...many, ...('args' in options ? options.args : [])], {
        service,
        ...options,
      });
      expect(run.exitCode).toBe(0);
      expect(seen).toHaveLength(1);
    }
  });

  it.each([
    ['another count', { typed: '1000' }],
    ['nobody there to type', {}],
  ])('an unblock of more than 1,000 is not sent with %s', async (_, options) => {
    const { seen, service } = recording(removed);
    expect((await runCli(['unblock', ...many], { service, ...options })).exitCode).toBe(2);
    expect(seen).toEqual([]);
  });

  it.each([
    [['block', '1', '--expires-in', '7d', '--expires-at', AT], '--expires-in and --expires-at'],
    [['block', '1', '--expires-in', '7 days'], '--expires-in: must be a number and a unit'],
    [['block', '1', '--expires-at', 'tomorrow'], '--expires-at: must be a date'],
    [['block', '1', '--number', '+1650'], '--number: must be a phone number id'],
    [['block'], "missing required argument 'user'"],
    [['list', '--limit', '0'], 'It must be a whole number'],
  ])('%j is wrong usage, and nothing is sent', async (args, message) => {
    const { seen, service } = recording({});
    const run = await runCli(args, { service });
    expect(run.exitCode).toBe(2);
    expect(run.err).toContain(message);
    expect(seen).toEqual([]);
  });
});

describe('look up and show', () => {
  const known = (input: string) => ({ input, blocked: false, state: 'unknown' });

  it('looks up 2,500 lines of the input in three calls, and keeps their order', async () => {
    const calls: number[] = [];
    const users = Array.from({ length: 2_500 }, (_, index) => `user-${index}`);
    const service: FakeService = ({ body }) => {
      const sent = (body as { users: string[] }).users;
      calls.push(sent.length);
      return { body: { data: sent.map(known), reconciled_at: null } };
    };
    const run = await runCli(['lookup', '-', '-o', 'json'], { service, input: `${users.join('\r\n')}\n\n` });
    expect(calls).toEqual([1_000, 1_000, 500]);
    expect(JSON.parse(run.out).data.map(({ input }: { input: string }) => input)).toEqual(users);
  });

  it('text that could change what a terminal shows is not written to it', async () => {
    const history = {
      data: [
        {
          at: AT,
          action: 'block',
          outcome: 'succeeded',
          actor: 'a',
          reason: 'x\u001b[2J\u202egnp\u0007',
          source: 'api',
          operation_id: 'o',
        },
      ],
      paging: { cursors: {} },
    };
    const service: FakeService = ({ path }) => {
      return { body: path.includes('/history') ? history : { blocked: true, state: 'blocked', reconciled_at: null } };
    };
    const run = await runCli(['show', '+16505551234', '--number', NUMBER], { service });
    expect(run.exitCode).toBe(0);
    expect(run.out).toContain('x�[2J�gnp�');
    // Scripts get what was recorded; JSON escapes control characters.
    expect(
      JSON.parse((await runCli(['show', '1', '--number', NUMBER, '-o', 'json'], { service })).out).history[0].reason,
    ).toBe('x\u001b[2J\u202egnp\u0007');
  });
});

describe('lists', () => {
  const row = (n: number) => ({ wa_id: String(n), input: `+${n}`, reason: 'a "b", c', blocked_at: AT, source: 'api' });
  const pages: FakeService = ({ path }) => {
    const after = new URLSearchParams(path.split('?')[1]).get('after');
    if (after === 'c1') return { body: { data: [row(3)], paging: { cursors: {} } } };
    return { body: { data: [row(1), row(2)], paging: { cursors: { after: 'c1' }, next: 'https://x.test/next' } } };
  };

  it('export reads every page, as CSV unless told otherwise', async () => {
    const csv = await runCli(['export'], { service: pages });
    expect(csv.out.split('\n')).toEqual([
      'wa_id,user_id,input,reason,reason_code,blocked_at,expires_at,blocked_by,source',
      `1,,+1,"a ""b"", c",,${AT},,,api`,
      `2,,+2,"a ""b"", c",,${AT},,,api`,
      `3,,+3,"a ""b"", c",,${AT},,,api`,
      '',
    ]);
    const lines = await runCli(['export', '--format', 'ndjson'], { service: pages });
    expect(
      lines.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([row(1), row(2), row(3)]);
  });

  it('list ends at its limit, and says that there is more', async () => {
    const run = await runCli(['list', '--limit', '2', '-o', 'json'], { service: pages });
    expect(JSON.parse(run.out)).toEqual({ data: [row(1), row(2)] });
    expect(run.err).toContain('blocklist export');
  });
});

describe('jobs', () => {
  it('watch shows the progress until the end, and ends with 1 if users failed', async () => {
    const states = [job('queued', 0), job('running', 40), job('partially_failed', 100, 3)];
    let asked = 0;
    const service: FakeService = () => ({ body: states[Math.min(asked++, 2)] });
    let nowMs = 0;
    const run = await runCli(['jobs', 'watch', JOB], { service, now: () => (nowMs += 5_000) });
    expect(run.exitCode).toBe(1);
    expect(run.err).toMatch(/0 % {2}0\/100\n.* 40 % {2}40\/100 {2}about .* left\n.*100 % {2}100\/100 {2}3 failed\n/);
    expect(run.out).toMatch(/Status\s+partially_failed/);
  });

  it('Ctrl-C ends the watching, says that the job goes on, and ends with 130', async () => {
    const interrupt = new AbortController();
    const service: FakeService = () => {
      interrupt.abort();
      return { body: job('running', 40) };
    };
    const run = await runCli(['jobs', 'watch', JOB], { service, signal: interrupt.signal });
    expect(run.exitCode).toBe(130);
    expect(run.err).toContain('the job goes on');
  });

  it('revert sends why, and says how to watch the job that undoes', async () => {
    const { seen, service } = recording({ ...job('queued', 0), reverts: JOB }, 202);
    const run = await runCli(['jobs', 'revert', JOB, '--reason', 'wrong list', '--expires-in', '7d'], { service });
    expect(run).toMatchObject({ exitCode: 0, out: expect.stringMatching(/Reverts\s+\d/) });
    expect(seen[0]).toMatchObject({ path: `/jobs/${JOB}/revert`, body: { reason: 'wrong list', expires_in: 604_800 } });
  });

  it.each(['cancel', 'retry'])('%s asks for it once', async (action) => {
    const { seen, service } = recording(job('running', 40), 202);
    expect((await runCli(['jobs', action, JOB], { service })).exitCode).toBe(0);
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([`POST /jobs/${JOB}/${action}`]);
  });
});

describe('what a person asks about one user', () => {
  const USER = '+16505551234';
  const row = (number: string, state: string) => ({
    phone_number_id: number,
    blocked: state === 'blocked',
    state,
    reconciled_at: null,
  });
  const event = { at: AT, action: 'block', outcome: 'succeeded', actor: 'a', source: 'api', operation_id: 'o' };

  it('show without a number reads every number, and names those that know the user', async () => {
    const calls: string[] = [];
    const service: FakeService = ({ path }) => {
      calls.push(path);
      const paging = { cursors: {} };
      if (path.includes('/history')) return { body: { data: [{ ...event, phone_number_id: '2' }, event], paging } };
      const isFirst = !path.includes('after=');
      const next = { cursors: { after: 'c1' }, next: 'https://x.test/n' };
      const data = isFirst ? [row('1', 'unknown'), row('2', 'blocked')] : [row('3', 'unknown')];
      return { body: { wa_id: '16505551234', protected: true, data, paging: isFirst ? next : paging } };
    };
    const run = await runCli(['show', USER], { service });
    expect(run.exitCode).toBe(0);
    expect(calls.filter((path) => !path.includes('history'))).toHaveLength(2);
    expect(run.out).toMatch(/Protected\s+yes/);
    expect(run.out).toMatch(/^2 +blocked/m);
    expect(run.out).toContain('Nothing is known on the other 2 numbers.');
    expect(run.out).toMatch(/^every +2026/m);
    const json = JSON.parse((await runCli(['show', USER, '-o', 'json'], { service })).out);
    expect(json).toMatchObject({ protected: true, data: [{}, {}, {}], history: [{ phone_number_id: '2' }, {}] });
  });

  it('protect names the numbers on which the user stays blocked; protected answers 4 for anybody else', async () => {
    const one = { wa_id: '16505551234', ids: ['16505551234'], protected_at: AT, protected_by: 'a', reason: 'ours' };
    const { seen, service } = recording({
      protected: true,
      ...one,
      blocked_on: [row('1', 'blocked')].map(({ reconciled_at: _, ...known }) => known),
    });
    const run = await runCli(['protect', USER, '--reason', 'ours', '--reason-code', 'other'], { service });
    expect(run).toMatchObject({ exitCode: 0, err: expect.stringContaining(`blocklist unblock ${USER} --number 1`) });
    expect(seen[0]).toMatchObject({
      method: 'PUT',
      path: '/protected_users/%2B16505551234',
      body: { reason: 'ours', reason_code: 'other' },
    });
    const gone = await runCli(['protected', USER], { service: () => refusal(404, 'user: is not protected') });
    expect(gone.exitCode).toBe(4);
    const ended = recording({ protected: false, wa_id: '16505551234' });
    expect((await runCli(['unprotect', USER], ended)).out).toBe('16505551234 is no longer protected\n');
    expect(ended.seen[0]?.method).toBe('DELETE');
  });

  const receipt = {
    erased: { numbers: 1, events: 2, items: 1, aliases: 0 },
    standing: [{ phone_number_id: '1', state: 'blocked' }],
    remains: [{ where: 'logs', until: AT, why: 'Logs have no id' }],
  };

  it('erase is sent once it was confirmed, and shows what remains', async () => {
    const { seen, service } = recording(receipt);
    const run = await runCli(['erase', USER, '--unblock', '--number', '1,2'], { service, typed: 'erase' });
    expect(run).toMatchObject({ exitCode: 0, out: expect.stringMatching(/logs\s+2026.*Logs have no id/) });
    expect(run.out).toMatch(/Stands\s+blocked on 1/);
    expect(seen[0]).toMatchObject({
      path: '/users/%2B16505551234/erase',
      body: { phone_number_ids: ['1', '2'], unblock: true },
    });
    for (const options of [{}, { typed: 'yes' }]) {
      const refused = recording(receipt);
      expect((await runCli(['erase', USER], { service: refused.service, ...options })).exitCode).toBe(2);
      expect(refused.seen).toEqual([]);
    }
  });
});

describe('dry runs', () => {
  const users = { sent: 3, distinct: 3, new: 1, already: 1, malformed: 1, protected: 0, no_room: 0 };
  const results = [{ input: '5', would: 'fail', code: 100, message: 'No number' }];
  const answer = { ...product, dry_run: { users, results, truncated: false } };

  it.each(['block', 'unblock'])(
    '%s --dry-run says what would happen, with 1 if something would fail',
    async (command) => {
      const { seen, service } = recording(answer);
      const run = await runCli([command, '1', '2', '5', '--dry-run'], { service });
      expect(run).toMatchObject({ exitCode: 1, out: expect.stringMatching(/5\s+fail\s+100\s+No number/) });
      expect(seen[0]?.body).toMatchObject({ dry_run: true });
      const fine = { ...users, malformed: 0 };
      const well = recording({ ...product, dry_run: { users: fine, results: [], truncated: false } });
      expect((await runCli([command, '1', '--dry-run'], well)).exitCode).toBe(0);
    },
  );
});

describe('filters', () => {
  it('of a list and of operations are sent as the service knows them, with how long ago as a time', async () => {
    const { seen, service } = recording({ data: [], paging: { cursors: {} } });
    const filters = [
      '--reason-code',
      'spam',
      '--blocked-by',
      'ana',
      '--blocked-before',
      '52w',
      '--expires-before',
      '2030-01-31',
    ];
    await runCli(['list', ...filters, '--source', 'job'], { service });
    await runCli(['operations', '--reason-code', 'spam', '--since', '24h'], { service });
    const [list, operations] = seen.map(({ path }) => Object.fromEntries(new URLSearchParams(path.split('?')[1])));
    expect(list).toMatchObject({
      reason_code: 'spam',
      blocked_by: 'ana',
      source: 'job',
      blocked_before: '2025-12-01T12:00:00.000Z',
      expires_before: '2030-01-31T00:00:00.000Z',
    });
    expect(operations).toMatchObject({ reason_code: 'spam', since: '2026-11-29T12:00:00.000Z' });
  });
});

describe('the token', () => {
  it.each([
    ['', 'The input is empty'],
    ['one two', 'A token has no spaces'],
    ['{"default": {"token": "EAA-secret"', 'no JSON'],
  ])('%j is not written, and not repeated', async (input, message) => {
    const run = await runCli(['token', 'set', '--local'], { input, cwd: withLocalStack() });
    expect(run.exitCode).toBe(2);
    expect(run.err).toContain(message);
    expect(run.err).not.toContain('EAA-secret');
  });

  const SEVERAL = '{"numbers":{"1":{"token":"EAA-1"}}}';
  it.each([
    { before: '{"default":{"token":""}}', exitCode: 0 },
    { before: '{"default":{"token":"EAA-old"}}', exitCode: 0 },
    { before: 'EAA-old', exitCode: 0 },
    { before: '{"default":{"token":"EAA-old","appSecret":"s"}}', exitCode: 6 },
    { before: '{"default":{"token":"EAA-old"},"numbers":{"1":{"token":"EAA-1"}}}', exitCode: 6 },
    { before: '{"default":{"token":"EAA-old"},"retired":["5"]}', exitCode: 6 },
    { before: SEVERAL, exitCode: 6 },
    { before: '{"default":', exitCode: 6 },
    { before: SEVERAL, options: ['--replace'], exitCode: 0 },
    { before: SEVERAL, input: '{"numbers":{"1":{"token":"EAA-2"}}}', exitCode: 0 },
  ])('in the place of what there was: %j', async ({ before, input = 'EAA-new', options = [], exitCode }) => {
    const aws = await cannedAws(({ target }) => ({
      body: target === 'secretsmanager.GetSecretValue' ? { SecretString: before } : {},
    }));
    const cwd = withLocalStack({ endpoint: aws.options.endpoint });
    const run = await runCli(['token', 'set', '--local', ...options], { input, cwd });
    expect(run.exitCode, run.err).toBe(exitCode);
    expect(run.err).not.toContain('EAA-');
    const written = aws.received.filter(({ target }) => target === 'secretsmanager.PutSecretValue');
    expect(written).toMatchObject(exitCode === 0 ? [{ input: { SecretId: 's', SecretString: input } }] : []);
  });

  it('is not replaced if nobody may read what is there', async () => {
    const aws = await cannedAws(() => ({ error: 'AccessDeniedException', message: 'not allowed' }));
    const cwd = withLocalStack({ endpoint: aws.options.endpoint });
    const run = await runCli(['token', 'set', '--local'], { input: 'EAA-new', cwd });
    expect(run).toMatchObject({ exitCode: 3, err: expect.stringContaining('The secret cannot be read: not allowed') });
  });

  it('needs the stack, not only the address of its API', async () => {
    const run = await runCli(['token', 'set'], { input: 'EAA' });
    expect(run).toMatchObject({ exitCode: 2, err: expect.stringContaining('Give --stage <name>') });
  });
});

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder in which a local stack runs, as far as its file says. */
function withLocalStack({ pid = process.pid, endpoint = 'http://127.0.0.1:1' } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'blocklist-cli-'));
  folders.push(folder);
  mkdirSync(join(folder, '.local'));
  const urls = { apiUrl: 'http://127.0.0.1:1', keyApiUrl: 'http://127.0.0.1:1', endpoint };
  const stack = {
    pid,
    ...urls,
    region: 'us-east-1',
    accessKeyId: 'a',
    secretAccessKey: 'b',
    secretName: 's',
    scheduleGroup: 'g',
  };
  writeFileSync(join(folder, '.local', 'stack.json'), JSON.stringify(stack));
  return folder;
}

describe('which service', () => {
  const unset = { BLOCKLIST_API_URL: undefined, BLOCKLIST_API_KEY: undefined, AWS_REGION: undefined };
  const ended = 2 ** 22 + 1;

  it.each([
    [[], {}, 'Which service? Nothing names one'],
    [['--local', '--stage', 'prod'], {}, '--local and --stage name different services'],
    [['--stage', 'Prod!'], { AWS_REGION: 'eu-west-1' }, '--stage: must be the name of a stage'],
    [['--stage', 'prod'], {}, 'Which AWS region?'],
    [['--api-url', 'http://api.example.test'], {}, '--api-url: must be an https address'],
    [['--api-url', 'https://user:pw@api.example.test'], {}, '--api-url: must be an https address'],
    [['--api-url', 'nonsense'], {}, '--api-url: must be an https address'],
    [[], { BLOCKLIST_API_URL: 'ftp://x' }, 'BLOCKLIST_API_URL: must be an https address'],
    [['--api-url', 'https://blocklist.example.test'], {}, 'Which AWS region?'],
    [['--local'], {}, 'No local stack is running'],
  ])('%j with %j is wrong usage, and says what to give', async (args, env, message) => {
    const run = await runCli(['jobs', 'list', ...args], { env: { ...unset, ...env } });
    expect(run.exitCode).toBe(2);
    expect(run.err).toContain(message);
  });

  it('--local is not taken by a stack that is gone', async () => {
    const run = await runCli(['jobs', 'list', '--local'], { env: unset, cwd: withLocalStack({ pid: ended }) });
    expect(run).toMatchObject({ exitCode: 2, err: expect.stringContaining('No local stack is running') });
  });

  it('no number named is wrong usage', async () => {
    const run = await runCli(['list'], { env: { BLOCKLIST_NUMBER: undefined } });
    expect(run).toMatchObject({ exitCode: 2, err: expect.stringContaining('Give --number') });
  });
});

describe('numbers', () => {
  const REASONS = { reason_codes: ['spam', 'minor'], require_reason: 'code' };
  const LIST = { limit: 64_000, remaining: 61_686, deferred: 12, expiring: 40 };
  const one = { phone_number_id: NUMBER, size: 2_314, ...LIST, reconciled_at: AT, drift: { added: 0, removed: 1 } };
  const failed = { at: AT, code: 190, message: 'Error validating access token' };
  const other = { ...one, phone_number_id: '7', size: 0, reconciled_at: null, drift: null, reconcile_failure: failed };

  it('has a row for each, of every page', async () => {
    const seen: string[] = [];
    const service: FakeService = ({ path }) => {
      seen.push(path);
      const first = { data: [one], paging: { cursors: { after: 'c' }, next: 'https://next' } };
      const page = seen.length === 1 ? first : { data: [other], paging: { cursors: { after: 'd' } } };
      return { body: { ...page, ...REASONS } };
    };
    const { exitCode, out, err } = await runCli(['numbers'], { service });
    expect(exitCode).toBe(0);
    expect(err).toBe('Reason codes: spam, minor. Every change must have one: --reason-code\n');
    expect(seen).toEqual(['/numbers?limit=1000', '/numbers?limit=1000&after=c']);
    expect(out).toMatch(new RegExp(`^${NUMBER} +2314 +64000 +12 +40 +${AT} +0 +1$`, 'm'));
    expect(out).toMatch(/^7 +0 +64000 .* never .*Error validating access token$/m);
  });

  it('says so if there are none', async () => {
    const { service } = recording({ data: [], paging: { cursors: {} }, ...REASONS });
    expect(JSON.parse((await runCli(['numbers', '-o', 'json'], { service })).out)).toEqual({ data: [], ...REASONS });
    expect(await runCli(['numbers'], { service })).toMatchObject({
      exitCode: 0,
      out: '',
      err: expect.stringContaining('No number'),
    });
  });
});

describe('compare', () => {
  const lists: Readonly<Record<string, object[]>> = {
    graph: [{ wa_id: '16505550001' }, { wa_id: '16505550002', user_id: 'US.2' }, { user_id: 'US.3' }],
    mirror: [{ wa_id: '16505550001' }, { user_id: 'US.2' }, { wa_id: '16505550004', user_id: 'US.4' }],
  };
  const service: FakeService = ({ path }) => {
    const data = lists[path.includes('source=graph') ? 'graph' : 'mirror'];
    return { body: { data, paging: { cursors: {} } } };
  };

  it('matches users by any of their ids, and ends with 1 if a list differs', async () => {
    const run = await runCli(['compare', '--output', 'json'], { service });
    expect(JSON.parse(run.out)).toEqual({
      data: [{ phone_number_id: NUMBER, blocked: 3, only_at_graph: ['US.3'], only_in_copy: ['16505550004'] }],
    });
    expect(run).toMatchObject({ exitCode: 1, err: expect.stringContaining('1 of 1 lists differ') });
  });
});
