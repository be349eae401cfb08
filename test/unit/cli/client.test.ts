import { AwsClient } from 'aws4fetch';
import { describe, expect, it } from 'vitest';
import { authenticated } from '../../../cli/api/sign.ts';
import { type FakeAnswer, NUMBER, refusal, runCli } from '../../support/cli.ts';

const BLOCKLIST = {
  size: 2,
  limit: 64_000,
  remaining: 63_998,
  deferred: 0,
  expiring: 1,
  reconciled_at: '2026-11-30T11:00:00.000Z',
  drift: null,
  running_jobs: 0,
};

/** Answers one after another; the last one for ever. */
function inTurn(...answers: readonly (FakeAnswer | Error)[]) {
  let calls = 0;
  return () => {
    const answer = answers[Math.min(calls, answers.length - 1)] ?? {};
    calls += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

describe('what the service answers', () => {
  it.each([
    [400, 2],
    [401, 3],
    [403, 3],
    [404, 4],
    [409, 6],
    [413, 2],
    [502, 5],
  ])('a %i ends the command with %i, what the service says, and its request id', async (status, exitCode) => {
    const run = await runCli(['blocklist'], { service: () => refusal(status, 'number: no such thing') });
    expect(run).toMatchObject({ exitCode, out: '', slept: [] });
    expect(run.err).toContain('error: number: no such thing (request req-1)');
  });

  it.each([429, 503])('a %i is waited out for as long as it says, and the command then succeeds', async (status) => {
    const service = inTurn(refusal(status, 'later', { 'retry-after': '7' }), { body: BLOCKLIST });
    expect(await runCli(['blocklist'], { service })).toMatchObject({ exitCode: 0, slept: [7_000] });
  });

  it('a 503 that does not end is given up after five tries', async () => {
    const run = await runCli(['blocklist'], { service: () => refusal(503, 'later', { 'retry-after': '1' }) });
    expect(run).toMatchObject({ exitCode: 5, slept: [1_000, 1_000, 1_000, 1_000] });
  });

  it('a wait of more than a minute is left to the person', async () => {
    const run = await runCli(['blocklist'], { service: () => refusal(429, 'too many', { 'retry-after': '3600' }) });
    expect(run).toMatchObject({ exitCode: 5, slept: [] });
  });

  it('a connection that breaks is tried again, and a host that never answers is named', async () => {
    const broken = Object.assign(new TypeError('fetch failed'), { cause: new Error('ECONNRESET') });
    const once = await runCli(['blocklist'], { service: inTurn(broken, { body: BLOCKLIST }) });
    expect(once).toMatchObject({ exitCode: 0 });
    const never = await runCli(['blocklist'], { service: inTurn(broken) });
    expect(never.exitCode).toBe(5);
    expect(never.err).toContain('error: api.example.test cannot be reached: ECONNRESET');
  });

  it('fields that this version does not know are left out, and a missing one is an error', async () => {
    const more = await runCli(['blocklist', '-o', 'json'], {
      service: () => ({ body: { ...BLOCKLIST, new_field: { a: 1 } } }),
    });
    expect(JSON.parse(more.out)).toEqual(BLOCKLIST);
    const { size: _, ...without } = BLOCKLIST;
    await expect(runCli(['blocklist'], { service: () => ({ body: without }) })).rejects.toThrow(/size/);
  });

  it('what API Gateway says by itself is shown as well', async () => {
    const run = await runCli(['blocklist'], { service: () => ({ status: 403, body: { message: 'Forbidden' } }) });
    expect(run).toMatchObject({ exitCode: 3, err: expect.stringContaining('The service answered 403: Forbidden') });
  });
});

describe('what the service is sent', () => {
  it('a key as it is, and the person who is acted for', async () => {
    const seen: Headers[] = [];
    const service = ({ headers }: { headers: Headers }) => {
      seen.push(headers);
      return { body: BLOCKLIST };
    };
    await runCli(['blocklist', '--on-behalf-of', 'ana@support'], { service });
    expect(seen[0]?.get('authorization')).toBe('Bearer test-key');
    expect(seen[0]?.get('x-on-behalf-of')).toBe('ana@support');
  });

  it.each([
    ['GET', `/${NUMBER}/block_users?limit=10&fields=wa_id%2Cuser_id&after=a%2Bb%2F%3D`, undefined],
    ['GET', `/${NUMBER}/block_users/%2B16505551234/history?limit=20`, undefined],
    ['POST', '/jobs', '{"action":"block"}'],
    ['DELETE', `/${NUMBER}/block_users?reason=a%20b`, '{"messaging_product":"whatsapp"}'],
  ])('a signature of %s %s that another implementation of SigV4 makes too', async (method, path, body) => {
    const url = new URL(`https://abc.execute-api.eu-west-1.amazonaws.com/prod${path}`);
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
    const ours = await authenticated(
      { method, url, headers: body === undefined ? {} : { 'content-type': 'application/json' }, body },
      { kind: 'iam', region: 'eu-west-1', credentials: async () => credentials },
    );
    const other = new AwsClient({ ...credentials, region: 'eu-west-1', service: 'execute-api' });
    const theirs = await other.sign(url, {
      method,
      headers: {
        'x-amz-content-sha256': ours['x-amz-content-sha256'] ?? '',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      aws: { datetime: ours['x-amz-date'] ?? '', allHeaders: true },
    });
    expect(ours.authorization).toBe(theirs.headers.get('authorization'));
  });
});
