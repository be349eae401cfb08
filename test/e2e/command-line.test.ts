/** The command line as a package, without this repository, against the deployed stack. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { job } from '../../lambdas/openapi/job.ts';
import { until } from '../../local/until.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { place } from './support/place.ts';
import { acceptedJob, Blocklist, endOf } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';

calmAfterEach();

const NUMBER = phoneNumberId('command line');
const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** The Node.js of this project, and the machine's own if there is another: the package says that 20 is enough. */
const OTHER_NODE = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .map((folder) => join(folder, 'node'))
  .find((file) => existsSync(file));

let folder: string;
let program: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'blocklist-command-line-'));
  const { stdout } = await run('npm', ['pack', './cli', '--pack-destination', folder, '--silent'], { cwd: ROOT });
  await run('tar', ['-xzf', join(folder, stdout.trim()), '-C', folder]);
  program = join(folder, 'package', 'dist', 'blocklist.mjs');
  mkdirSync(join(folder, '.local'));
  writeFileSync(join(folder, '.local', 'stack.json'), JSON.stringify({ ...place.stack, pid: process.pid }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

const ENVIRONMENT = { PATH: process.env.PATH ?? '', BLOCKLIST_NUMBER: NUMBER };

/** Runs a command in an empty folder. With `killAt`, it is killed as soon as it writes that. */
async function blocklist(
  args: readonly string[],
  { input = '', killAt, node = process.execPath }: { input?: string; killAt?: RegExp; node?: string } = {},
): Promise<Ended> {
  const child = spawn(node, [program, ...args, '--local'], { cwd: folder, env: ENVIRONMENT });
  const ended = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (ended.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => {
    ended.err += text;
    if (killAt?.test(ended.err)) child.kill('SIGKILL');
  });
  child.stdin.end(input);
  await once(child, 'close');
  return { exitCode: child.exitCode, ...ended };
}

async function json<T>(schema: z.ZodType<T>, args: readonly string[], input?: string): Promise<T> {
  const { out, err, exitCode } = await blocklist([...args, '--output', 'json'], input === undefined ? {} : { input });
  expect(exitCode, err).toBeLessThan(2);
  return schema.parse(JSON.parse(out));
}

const rows = z.object({ data: z.array(z.looseObject({})) });
const account = z.object({
  rows: z.number(),
  malformed: z.number(),
  sent: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  jobs: z.array(z.string()),
});

test('from a block to its undoing: look up, show, list, operations, export, import', async () => {
  const users = phoneNumbers(3, 102_100).map((digits) => `+${digits}`);
  const [first = ''] = users;
  const blocked = await blocklist(['block', ...users, '555', '--reason', 'spam', '--on-behalf-of', 'ana@support']);
  expect(blocked).toMatchObject({ exitCode: 1, err: expect.stringContaining('1 of 4 failed') });
  expect((await blocklist(['lookup', first])).out).toMatch(/blocked/);
  const shown = await blocklist(['show', first, '--number', NUMBER]);
  expect(shown.out).toMatch(/State\s+blocked/);
  expect(shown.out).toMatch(/block\s+succeeded\s+.*ana@support\s+spam/);
  expect((await blocklist(['show', first])).out).toMatch(new RegExp(`^${NUMBER} +blocked`, 'm'));
  expect((await blocklist(['unblock', first, '555', '--dry-run'])).out).toMatch(/New +1\nAlready so +0\nMalformed +1/);
  expect((await json(rows, ['list'])).data).toHaveLength(3);
  expect((await json(rows, ['operations', '--since', '1h'])).data).toHaveLength(1);
  expect((await blocklist(['blocklist'])).out).toMatch(/Blocked\s+3 of 64000/);

  const exported = (await blocklist(['export'])).out;
  const undone = await json(account, ['import', '-', '--action', 'unblock', '--reason', 'by mistake'], exported);
  expect(undone).toMatchObject({ rows: 3, malformed: 0, sent: 3, succeeded: 3, failed: 0 });
  expect((await json(rows, ['list'])).data).toEqual([]);
  expect((await json(job, ['jobs', 'watch', undone.jobs[0] ?? ''])).status).toBe('succeeded');
  expect((await blocklist(['jobs', 'list', '--number', NUMBER])).out).toContain(undone.jobs[0]);
});

test('a job undone, a user protected, and a person erased', async () => {
  const [one = '', two = ''] = phoneNumbers(2, 102_000).map((digits) => `+${digits}`);
  const made = await json(account, ['import', '-', '--action', 'block', '--reason', 'wrong list'], `${one}\n${two}\n`);
  const revert = await json(job, ['jobs', 'revert', made.jobs[0] ?? '', '--reason', 'it was the wrong list']);
  expect(revert).toMatchObject({ action: 'unblock', users: { total: 2 } });
  expect((await json(job, ['jobs', 'watch', revert.id])).status).toBe('succeeded');
  expect((await blocklist(['protect', one, '--reason', 'our own phone'])).exitCode).toBe(0);
  // It holds everywhere within a minute.
  await until('the protected user is not blocked', async () => {
    const { exitCode, out } = await blocklist(['block', one]);
    return (exitCode === 1 && out.includes('protected')) || undefined;
  });
  expect((await blocklist(['unprotect', one])).exitCode).toBe(0);
  expect((await blocklist(['protected', one])).exitCode).toBe(4);
  const erased = await json(z.looseObject({ erased: z.looseObject({ events: z.number() }) }), ['erase', one, '--yes']);
  expect(erased.erased.events).toBeGreaterThan(0);
});

test('keys, the token, and what doctor finds', async () => {
  const made = await json(z.looseObject({ id: z.string(), key: z.string() }), [
    'keys',
    'create',
    'command-line',
    '--scope',
    'read',
  ]);
  expect((await blocklist(['keys', 'list'])).out).toContain(made.id);
  expect((await blocklist(['keys', 'revoke', made.id])).out).toMatch(/revoked/);
  expect(await blocklist(['token', 'check'])).toMatchObject({ exitCode: 0 });
  await blocklist(['reconcile']);
  const found = await blocklist(['doctor']);
  expect(found.out).toMatch(/API\s+ok/);
  expect(found.out).toMatch(/Token\s+ok/);
  expect(found.out).toMatch(/Schedules\s+ok/);
});

test('an import that is killed once it has sent, and again while it watches, is resumed: no row is lost and no user sent twice', async () => {
  const users = phoneNumbers(2_500, 1_000);
  writeFileSync(join(folder, 'users.csv'), `user\n${users.join('\n')}\nn/a\n`);
  const args = ['import', 'users.csv', '--action', 'block', '--reason', 'campaign', '--failed', 'failed.csv'];
  const sent = async () => (await simulator.calls(NUMBER)).filter(({ method }) => method === 'POST').length;
  const before = await sent();
  const killed = await blocklist(args, { killAt: /^Job /m });
  expect(killed.exitCode).toBeNull();
  expect(await blocklist(args)).toMatchObject({ exitCode: 6, err: expect.stringContaining('--resume') });
  const killedAgain = await blocklist([...args, '--resume'], { killAt: /^Job /m });
  expect(killedAgain.exitCode).toBeNull();
  const done = await json(account, [...args, '--resume']);
  expect(done).toMatchObject({ rows: 2_501, malformed: 1, sent: 2_500, succeeded: 2_500, failed: 0 });
  expect(done.jobs).toHaveLength(1);
  expect((await sent()) - before).toBe(3);
  expect(readFileSync(join(folder, 'failed.csv'), 'utf8')).toContain('n/a,,,');
});

test('every example of the README runs', async () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, use = ''] = /^## Use it$(.*?)^##+ /ms.exec(readme) ?? [];
  const blocks = [...use.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  // In a folder like the project's, with the package in place of the clone's command, which says how each call ended.
  const shim = `#!/bin/bash\n[ "$1" = blocklist ] || exit 99\n'${process.execPath}' '${program}' "\${@:2}"\necho $? >> ended\n`;
  writeFileSync(join(folder, 'npx'), shim, { mode: 0o755 });
  mkdirSync(join(folder, 'local', 'demo'), { recursive: true });
  cpSync(join(ROOT, 'local', 'demo', 'users.csv'), join(folder, 'local', 'demo', 'users.csv'));
  const script = blocks.join('\n').replaceAll('106540352242922', NUMBER);
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const { stderr } = await run('bash', ['-c', script], { cwd: folder, env, maxBuffer: 2 ** 24 });
  const ended = readFileSync(join(folder, 'ended'), 'utf8').trim().split('\n').map(Number);
  expect(ended.length).toBe(script.match(/npx blocklist/g)?.length);
  expect(
    ended.filter((code) => code > 1),
    stderr,
  ).toEqual([]);
});

test('it also runs on the Node.js that the machine has', async () => {
  expect(await blocklist(['list', '--limit', '1'], { node: OTHER_NODE ?? process.execPath })).toMatchObject({
    exitCode: 0,
  });
});

const step = z.looseObject({ where: z.string(), what: z.string(), fbtrace_id: z.string().optional() });
const traced = z.object({ kind: z.string(), steps: z.array(step) });

test('a request is followed through the logs to the answers of Graph, and back from an operation', async () => {
  const users = phoneNumbers(3, 700);
  const answer = await new Blocklist(phoneNumberId('traced')).block(users, { headers: { prefer: 'respond-async' } });
  const requestId = answer.headers.get('x-request-id') ?? '';
  const { id: jobId } = await endOf(acceptedJob(answer));
  const trace = async (id: string) =>
    until(`the steps of ${id}`, async () => {
      const { out } = await blocklist(['trace', id, '--output', 'json']);
      const { steps } = traced.parse(JSON.parse(out));
      return steps.some(({ what }) => what === 'finish-job') && steps.some(({ what }) => what.startsWith('POST /'))
        ? { out, steps }
        : undefined;
    });
  const { out, steps } = await trace(requestId);
  const graph = steps.filter(({ what }) => what === 'POST at Graph');
  expect(graph).toMatchObject([
    {
      where: 'ProcessChunk',
      job_id: jobId,
      chunk: 0,
      result: '200',
      operation_id: expect.any(String),
      fbtrace_id: expect.any(String),
    },
  ]);
  expect(steps.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      'job started',
      'POST /{version}/{phoneNumberId}/block_users',
      'process-chunk',
      'finish-job',
    ]),
  );
  for (const user of users) expect(out).not.toContain(user);
  const operationId = z.string().parse(graph[0]?.operation_id);
  for (const id of [jobId, operationId]) {
    expect((await trace(id)).steps.map(({ what }) => what)).toEqual(
      expect.arrayContaining(steps.map(({ what }) => what)),
    );
  }
  expect(await blocklist(['trace', '00000000-0000-0000-0000-000000000000'])).toMatchObject({ exitCode: 4 });
});
