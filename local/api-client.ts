import { AwsClient } from 'aws4fetch';
import { checkAnswer } from '../lambdas/openapi/check-answer.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from './cloud/loopback.ts';

export interface ApiCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base URL, with a leading slash, encoded as it goes over the wire (`%2B` for a plus), query included. */
  path: string;
  /** Sent as JSON. A string is sent unchanged, so that a test can send text that is not JSON. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** False sends the call without a signature. */
  signed?: boolean;
  /** Who calls; the account's root unless given. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

export interface ApiAnswer {
  status: number;
  headers: Headers;
  /** The parsed JSON, or the text if it is not JSON. Its shape is the documented one of its route and status. */
  body: unknown;
}

/**
 * Calls the deployed API as another service of the team does: over HTTP, signed with SigV4.
 *
 * @throws Error if the answer is not as documented
 */
export async function callApi(stack: { apiUrl: string }, call: ApiCall): Promise<ApiAnswer> {
  const url = `${stack.apiUrl}${call.path}`;
  const init: RequestInit = { method: call.method };
  if (call.body !== undefined) init.body = typeof call.body === 'string' ? call.body : JSON.stringify(call.body);
  init.headers = { ...(call.body !== undefined && { 'content-type': 'application/json' }), ...call.headers };
  const response = call.signed === false ? await fetch(url, init) : await signerFor(call).fetch(url, init);
  const body = parseBody(await response.text());
  const { status, headers } = response;
  const [path = ''] = call.path.split('?', 1);
  if (!isRefusalOfLocalIam(status, body)) checkAnswer({ method: call.method, path, status, headers, body });
  return { status, headers, body };
}

function signerFor({ credentials = LOCAL_CREDENTIALS }: ApiCall): AwsClient {
  // No retries of its own: a caller wants to see each answer, a 503 too.
  return new AwsClient({ ...credentials, region: LOCAL_REGION, service: 'execute-api', retries: 0 });
}

/** MiniStack answers what IAM does not allow by itself, without the answer that the stack has for it. */
function isRefusalOfLocalIam(status: number, body: unknown): boolean {
  return status === 403 && JSON.stringify(body).includes('execute-api:Invoke');
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
