import { describe, expect, test } from 'vitest';
import document from '../../../docs/openapi.json' with { type: 'json' };
import { serveDocument } from '../../../lambdas/http/document-response.ts';
import { handle } from '../../../lambdas/http/handle.ts';
import { checkAnswer } from '../../../lambdas/openapi/check-answer.ts';
import { gatewayEvent, recordingLog } from '../../support/gateway.ts';

const ROUTE = { method: 'GET', resource: '/openapi.json', path: {} };

async function ask(known?: string, served: unknown = document) {
  const serve = serveDocument(served);
  const event = gatewayEvent({ ...ROUTE, headers: known === undefined ? {} : { 'If-None-Match': known } });
  return handle(recordingLog().options, async (request) => serve(request))(event);
}

describe('the document', () => {
  test('is sent whole, with its ETag, and must be revalidated each time', async () => {
    const { statusCode, headers, body } = await ask();
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toEqual(document);
    checkAnswer({
      method: 'GET',
      path: '/openapi.json',
      status: 200,
      headers: Object.entries(headers),
      body: JSON.parse(body),
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache',
      etag: expect.stringMatching(/^"[\w-]{43}"$/),
    });
  });

  test('has another ETag if it changes', async () => {
    const [one, same, other] = await Promise.all([ask(), ask(), ask(undefined, { openapi: '3.1.1' })]);
    expect(same.headers.etag).toBe(one.headers.etag);
    expect(other.headers.etag).not.toBe(one.headers.etag);
  });

  test('is not sent to a client that has it already', async () => {
    const { etag = '' } = (await ask()).headers;
    for (const known of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
      const { statusCode, headers, body } = await ask(known);
      expect({ known, statusCode, body, etag: headers.etag }).toEqual({ known, statusCode: 304, body: '', etag });
      checkAnswer({ method: 'GET', path: '/openapi.json', status: statusCode, headers: Object.entries(headers), body });
    }
    for (const known of ['"another"', '', etag.slice(1, -1)]) expect((await ask(known)).statusCode, known).toBe(200);
  });
});
