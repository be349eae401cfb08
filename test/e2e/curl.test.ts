/** Calls as people type them, with the curl of this system, which may be old: the local cloud computes each signature again. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkAnswer } from '../../lambdas/openapi/check-answer.ts';
import { curlExamples } from '../../local/cloud/curl-examples.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/loopback.ts';
import { PROJECT_DIRECTORY, PROJECT_NODE } from '../../local/cloud/paths.ts';
import { hubSignature } from '../../local/webhook-payload.ts';
import { phoneNumberId } from './support/numbers.ts';
import { place } from './support/place.ts';

/** The numbers of the examples belong to other tests here. */
const INSTEAD: Readonly<Record<string, string>> = {
  '106540352242922': phoneNumberId('typed calls'),
  '106540352242923': phoneNumberId('more typed calls'),
};
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'blocklist-curl-'));
  mkdirSync(join(folder, '.local'));
  writeFileSync(join(folder, '.local', 'stack.json'), JSON.stringify(place.stack));
  // Every call prints its status, besides the output that a script continues with.
  writeFileSync(join(folder, '.curlrc'), 'write-out = "%{stderr}status %{http_code}\\n"\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function withOwnNumbers(text: string): string {
  return text.replace(/10654035224292\d/g, (number) => INSTEAD[number] ?? number);
}

/** Runs a script as a shell of the user would, in a folder like the project's; gives the status of each call. */
async function run(text: string): Promise<{ statuses: number[]; output: string }> {
  const script = withOwnNumbers(text);
  const env = { PATH: `${join(PROJECT_NODE, '..')}:${process.env.PATH}`, HOME: folder };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-euc', script], { cwd: folder, env });
  const statuses = [...stderr.matchAll(/^status (\d+)$/gm)].map(([, status]) => Number(status));
  return { statuses, output: stdout };
}

/** An example with the webhook of another number, signed again. */
function signedAnew(command: string): string {
  const [, payload] =
    /--data(?:-raw)? '([^']*)'|-d '([^']*)'/.exec(command)?.filter((part) => part !== undefined) ?? [];
  if (payload === undefined) return command;
  const sent: unknown = JSON.parse(withOwnNumbers(payload));
  return command.replace(/sha256=[0-9a-f]{64}/, hubSignature(sent));
}

test('every printed example is signed right', async () => {
  const examples = curlExamples(place.stack);
  const { statuses, output } = await run(examples.map(({ command }) => signedAnew(command)).join('\n'));
  expect({ statuses, output }).toMatchObject({ statuses: examples.map(() => expect.toSatisfy(isGranted)) });
});

test('every example of docs/http.md is signed right', async () => {
  await expectGranted(examplesOf(readFileSync(join(PROJECT_DIRECTORY, 'docs', 'http.md'), 'utf8')), 20);
});

test.each([
  ['asking', 3],
  ['temporary-and-deferred-blocks', 2],
  ['many-numbers', 1],
  ['making-room', 5],
])('every example of docs/%s.md is signed right', async (name, atLeast) => {
  const [setup = ''] = examplesOf(readFileSync(join(PROJECT_DIRECTORY, 'docs', 'http.md'), 'utf8'));
  const examples = examplesOf(readFileSync(join(PROJECT_DIRECTORY, 'docs', `${name}.md`), 'utf8'));
  await expectGranted([setup, ...examples], atLeast);
});

/** The shell examples of a text, one text for each block. */
function examplesOf(text: string): string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

async function expectGranted(blocks: readonly string[], atLeast: number): Promise<void> {
  const script = blocks.join('\n');
  const calls = script.match(/\b(?:call|curl -sS -(?:H|X PATCH)) "/g) ?? [];
  expect(calls.length).toBeGreaterThan(atLeast);
  const { statuses, output } = await run(script);
  expect({ statuses, output }).toMatchObject({ statuses: calls.map(() => expect.toSatisfy(isGranted)) });
}

/** The caller was admitted, even if the call failed. */
function isGranted(status: number): boolean {
  return status >= 200 && status < 500 && status !== 403 && status !== 401;
}

describe('a signature', () => {
  const signing = { region: 'us-east-1', service: 'execute-api', retries: 0 } as const;
  const call = async (path: string, credentials: ConstructorParameters<typeof AwsClient>[0], singleEncode = false) => {
    const request = await new AwsClient({ ...signing, ...credentials }).sign(`${place.stack.apiUrl}${path}`, {
      aws: { singleEncode },
    });
    const answer = await fetch(request);
    const [status, body] = [answer.status, await answer.text()];
    checkAnswer({ method: 'GET', path, status, headers: answer.headers, body: JSON.parse(body) });
    return { status, body };
  };
  const USER = `/v25.0/${phoneNumberId('typed calls')}/block_users/%2B16505551234`;

  test('of a path with a percent sign is right only if the path was encoded twice', async () => {
    expect(await call(USER, LOCAL_CREDENTIALS)).toMatchObject({ status: 200 });
    expect(await call(USER, LOCAL_CREDENTIALS, true)).toMatchObject({
      status: 403,
      body: expect.stringContaining('The AWS signature of the request does not match'),
    });
  });

  test('by another secret is refused', async () => {
    const wrong = { ...LOCAL_CREDENTIALS, secretAccessKey: 'another' };
    expect(await call('/health', LOCAL_CREDENTIALS)).toMatchObject({ status: 200 });
    expect(await call('/health', wrong)).toMatchObject({ status: 403 });
  });

  test('by temporary credentials is accepted only with their session token, from SDKs and from curl', async () => {
    const sts = new AwsClient({ ...signing, ...LOCAL_CREDENTIALS, service: 'sts' });
    const query = 'Action=GetSessionToken&Version=2011-06-15';
    const xml = await (await sts.fetch(`${place.stack.endpoint}/?${query}`)).text();
    const part = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1] ?? `no ${name} in ${xml}`;
    const keys = { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey') };
    const sessionToken = part('SessionToken');
    expect(await call('/health', { ...keys, sessionToken })).toMatchObject({ status: 200 });
    expect(await call('/health', keys)).toMatchObject({ status: 403 });
    const signed = `curl -sS --aws-sigv4 aws:amz:us-east-1:execute-api --user '${keys.accessKeyId}:${keys.secretAccessKey}'`;
    const url = `${place.stack.apiUrl}/health`;
    expect((await run(`${signed} -H 'x-amz-security-token: ${sessionToken}' ${url}`)).statuses).toEqual([200]);
  });
});
