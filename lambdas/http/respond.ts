import type { ApiRequest } from './api-request.ts';

export interface ApiResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** `Body` is the documented answer: a type of `lambdas/openapi/`. */
export function json<Body>(statusCode: number, body: Body, headers: Record<string, string> = {}): ApiResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** An absolute URL of the same resource with other query parameters, for `next` or `previous`. */
export function pageUrl(request: ApiRequest, change: Record<string, string>): string {
  const url = new URL(request.url);
  for (const [name, value] of request.query)
    if (name !== 'after' && name !== 'before') url.searchParams.set(name, value);
  for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
  return url.toString();
}
