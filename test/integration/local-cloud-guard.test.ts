import { request } from 'node:http';
import { AwsClient } from 'aws4fetch';
import { describe, expect, inject, it } from 'vitest';
import { LOCAL_CREDENTIALS } from '../../local/cloud/loopback.ts';

const endpoint = new URL(inject('dynamodbEndpoint'));

/** Any headers, also those that `fetch` sets itself. */
function ask(path: string, headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]>; text: string }>(
    (resolve, reject) => {
      const asking = request(new URL(path, endpoint), { headers, method }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () =>
          resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString('utf8') }),
        );
      });
      asking.on('error', reject);
      asking.end();
    },
  );
}

async function listTables(credentials: { accessKeyId: string; secretAccessKey: string }): Promise<Response> {
  const client = new AwsClient({ ...credentials, region: 'us-east-1', service: 'dynamodb', retries: 0 });
  return client.fetch(endpoint.href, {
    method: 'POST',
    body: '{}',
    headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' },
  });
}

describe('the local cloud', () => {
  it.each(['/_ministack/health', '/restapis/a/b/_user_request_/health', '/'])(
    'answers no web page, and no other name of this machine: %s',
    async (path) => {
      for (const headers of [
        { origin: 'https://example.com' },
        { origin: 'null' },
        { origin: endpoint.origin },
        { 'sec-fetch-site': 'cross-site' },
        { host: 'example.com' },
        { host: `example.com:${endpoint.port}` },
        { host: '127.0.0.1' },
      ]) {
        for (const method of ['GET', 'POST', 'OPTIONS']) {
          const answer = await ask(path, headers, method);
          expect({ headers, method, status: answer.status }).toEqual({ headers, method, status: 403 });
        }
      }
    },
  );

  it('lets no page read an answer', async () => {
    const answer = await ask('/_ministack/health', {});
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('takes the credentials of this run, and none that can be guessed', async () => {
    expect((await listTables(LOCAL_CREDENTIALS)).status).toBe(200);
    for (const accessKeyId of ['test', '000000000000']) {
      const refused = await listTables({ accessKeyId, secretAccessKey: 'test' });
      expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('not of this run')]);
    }
    for (const path of ['/', '/restapis', '/restapis/a/stages']) expect((await ask(path, {}, 'POST')).status).toBe(403);
  });

  it('draws new ones for each run', () => {
    expect(LOCAL_CREDENTIALS.accessKeyId).toMatch(/^LOCAL[0-9A-F]{20}$/);
    expect(LOCAL_CREDENTIALS.secretAccessKey).toMatch(/^[0-9a-f]{60}$/);
  });
});
