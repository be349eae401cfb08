import { describe, expect, test, vi } from 'vitest';
import { PROBLEMS, type Problem } from '../../../lambdas/core/users/problems.ts';
import { type PublicUrls, readJobId, readLimit, readTarget, readUser } from '../../../lambdas/http/api-request.ts';
import { json } from '../../../lambdas/http/respond.ts';
import { gatewayEvent, NUMBER, read, recordingLog, refusal, type Sent, sendToAny } from '../../support/gateway.ts';

describe('{user} of a path', () => {
  const user = (text: string) =>
    read({ method: 'GET', path: { version: 'v25.0', phoneNumberId: NUMBER, user: text } }, readUser);

  test.each([
    ['E.164', '+16505551234', '16505551234'],
    ['an encoded plus', '%2B16505551234', '16505551234'],
    ['an encoded plus in lower case', '%2b16505551234', '16505551234'],
    ['a wa_id', '16505551234', '16505551234'],
    ['encoded spaces and brackets', '%2B1%20%28650%29%20555-1234', '16505551234'],
    ['a BSUID', 'US.13491208655302741918', 'US.13491208655302741918'],
    ['a parent BSUID', 'US.ENT.118', 'US.ENT.118'],
    ['a BSUID in lower case between marks', '%E2%80%8Eus.118%E2%80%8F', 'US.118'],
    ['a wa_id with a space that an editor left', '16505551234%20', '16505551234'],
    ['a trunk zero', '%2B44%20(0)20%207946%200958', '442079460958'],
  ])('is read as %s', async (_, text, id) => {
    expect(await user(text)).toMatchObject({ status: 200, body: id });
  });

  test.each<[string, Problem]>([
    ['', 'empty'],
    ['%2B', 'nobody'],
    ['nobody', 'nobody'],
    ['12345', 'length'],
    ['16505553020.0', 'decimal'],
    ['1%20650%20555%201234', 'noPlus'],
    // A `+` that somebody decoded as a space.
    ['%201%20650%20555%201234', 'noPlus'],
    ['%2B1%20(0)650%20555%201234', 'trunkZero'],
    ['%2B16505551234%2C%2B14155559876', 'twoNumbers'],
    ['US.', 'userId'],
  ])('%j is refused as %s', async (text, problem) => {
    expect(await user(text)).toMatchObject({
      status: 400,
      body: refusal(`user: ${PROBLEMS[problem]} (in the path)`),
    });
  });

  test('is refused in broken percent-encoding', async () => {
    expect(await user('%2')).toMatchObject({ status: 400, body: refusal('user: is not valid percent-encoding') });
  });
});

test('the paths with and without a version name the same number', async () => {
  const resources = [
    { path: { version: 'v23.0', phoneNumberId: NUMBER }, target: { phoneNumberId: NUMBER, version: 'v23.0' } },
    { path: { version: NUMBER }, target: { phoneNumberId: NUMBER } },
  ];
  for (const { path, target } of resources) expect((await read({ path }, readTarget)).body).toEqual(target);
});

describe('limit', () => {
  const limit = (query: Record<string, string>) => read({ method: 'GET', query }, readLimit);

  test.each<[Record<string, string>, number]>([
    [{}, 100],
    [{ limit: '1' }, 1],
    [{ limit: '1000' }, 1000],
  ])('of %j is %d', async (query, expected) => {
    expect((await limit(query)).body).toBe(expected);
  });

  test.each(['0', '1001', '-1', '1.5', '1e2', 'many', ' 5', '99999999999999999999'])('%j is refused', async (text) => {
    expect(await limit({ limit: text })).toMatchObject({
      status: 400,
      body: refusal('limit: must be a whole number from 1 to 1000'),
    });
  });

  test('given twice is refused, whichever way it is given', async () => {
    expect(await read({ query: { limit: ['5', '10'] } }, readLimit)).toMatchObject({
      status: 400,
      body: refusal('limit: is given more than once'),
    });
  });
});

describe('the id of a job', () => {
  const id = `${NUMBER}-01JZ5W8Q6M3N4P5R6S7T8V9WXY`;

  test('is read', async () => {
    expect((await read({ path: { id } }, readJobId)).body).toBe(id);
  });

  test.each(['', '01JZ5W8Q6M3N4P5R6S7T8V9WXY', `${id}X`, id.toLowerCase(), `x-${id}`, '..%2F..'])(
    '%j is no job: 404',
    async (text) => {
      expect(await read({ path: { id: text } }, readJobId)).toMatchObject({
        status: 404,
        body: refusal('id: no such job; a job id is <phone number id>-<26 letters and digits>'),
      });
    },
  );
});

describe('the caller', () => {
  const actor = (sent: Sent) => read(sent, (request) => request.actor);
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260601/eu-central-1/execute-api/aws4_request, SignedHeaders=host, Signature=0';

  test('is the IAM principal that API Gateway names', async () => {
    expect((await actor({})).body).toBe('arn:aws:sts::123456789012:assumed-role/support/jo');
  });

  test.each<[string, Record<string, unknown> | null]>([
    ['no identity', null],
    ['an empty one', {}],
    ['an identity without a principal', { userArn: null, caller: 'AIDAEXAMPLE', accessKey: 'ASIAEXAMPLE' }],
  ])('is nobody with %s, whatever the headers say', async (_, identity) => {
    const headers = { authorization, 'x-amz-security-token': 'x', 'x-on-behalf-of': 'root', 'x-user-arn': 'root' };
    const { options, logged } = recordingLog();
    const answer = vi.fn(() => ({ statusCode: 200, headers: {}, body: '{}' }));
    expect(await sendToAny(gatewayEvent({ identity, headers }), answer, options)).toMatchObject({ status: 500 });
    expect(answer).not.toHaveBeenCalled();
    expect(JSON.stringify(logged.requests)).not.toMatch(/AKIA|root/);
  });

  test('is never what X-On-Behalf-Of says', async () => {
    expect((await actor({ headers: { 'x-on-behalf-of': 'root' } })).body).toContain('support/jo');
  });

  test('must be there: an open method answers nobody', async () => {
    const { options, logged } = recordingLog();
    const answer = vi.fn(() => ({ statusCode: 200, headers: {}, body: '{}' }));
    const answered = await sendToAny(gatewayEvent({ identity: { sourceIp: '192.0.2.1' } }), answer, options);
    expect(answered.status).toBe(500);
    expect(answer).not.toHaveBeenCalled();
    expect(logged.faults).toHaveLength(1);
  });
});

describe('the URL of a request', () => {
  test('is the one that the caller used, without query', async () => {
    expect((await read({ query: { limit: '5' } }, (request) => request.url)).body).toBe(
      `https://abc123.execute-api.eu-central-1.amazonaws.com/prod/v25.0/${NUMBER}/block_users`,
    );
  });

  test('is where API Gateway answered, whatever Host says', async () => {
    const headers = { Host: 'evil.example.com', 'X-Forwarded-Host': 'evil.example.com' };
    const { body } = await read({ headers }, ({ url, baseUrl }) => ({ url, baseUrl }));
    expect(body).toEqual({
      baseUrl: 'https://abc123.execute-api.eu-central-1.amazonaws.com/prod',
      url: `https://abc123.execute-api.eu-central-1.amazonaws.com/prod/v25.0/${NUMBER}/block_users`,
    });
  });

  test('begins with the public URL where one is configured, and has no stage then', async () => {
    const publicUrls = () => ({ iam: 'https://blocklist.example.com/whatsapp' });
    const { body } = await sendToAny(
      gatewayEvent(),
      (request) => ({ statusCode: 200, headers: {}, body: JSON.stringify(request.url) }),
      { ...recordingLog().options, publicUrls },
    );
    expect(body).toBe(`https://blocklist.example.com/whatsapp/v25.0/${NUMBER}/block_users`);
  });

  test('begins with the address of the API that was called: a caller with a key cannot use that of the other', async () => {
    const authorizer = { keyId: 'Aa0000000001', keyName: 'support', scopes: 'write', numbers: '*' };
    const urlFor = async (publicUrls: PublicUrls) => {
      const options = { ...recordingLog().options, publicUrls: () => publicUrls };
      return (await sendToAny(gatewayEvent({ authorizer }), ({ baseUrl }) => json(200, baseUrl), options)).body;
    };
    const both = { iam: 'https://signed.example.com', apiKey: 'https://keys.example.com' };
    expect(await urlFor(both)).toBe('https://keys.example.com');
    expect(await urlFor({ iam: both.iam })).toBe('https://abc123.execute-api.eu-central-1.amazonaws.com/prod');
  });
});
