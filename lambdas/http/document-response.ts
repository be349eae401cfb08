import { createHash } from 'node:crypto';
import type { ApiRequest } from './api-request.ts';
import type { ApiResponse } from './respond.ts';

/** Answers with a document that only a deploy changes; with 304 to who has it already (RFC 9110, `If-None-Match`). */
export function serveDocument(document: unknown): (request: ApiRequest) => ApiResponse {
  const body = JSON.stringify(document);
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  const headers = { etag, 'cache-control': 'no-cache' };
  return ({ headers: sent }) => {
    if (isKnown(sent.get('if-none-match'), etag)) return { statusCode: 304, headers, body: '' };
    return { statusCode: 200, headers: { ...headers, 'content-type': 'application/json; charset=utf-8' }, body };
  };
}

/** The tags that a caller has. One whose way here has compressed the document is marked as weak. */
function isKnown(given: string | undefined, etag: string): boolean {
  const tags = (given ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
