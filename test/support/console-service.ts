import { allowedCall } from '../../console/server/allowed-route.ts';
import type { Route } from '../../lambdas/contract/routes.ts';
import type { DocumentedRoute } from '../../lambdas/openapi/documented-route.ts';
import { ROUTES } from '../../lambdas/openapi/routes.ts';

/** A call that the console has sent to the service. */
export interface ServiceCall {
  readonly handler: Route['handler'];
  readonly method: string;
  /** Below the base URL, with the query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface ServiceAnswer {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Answers = Readonly<
  Partial<Record<Route['handler'], (call: ServiceCall) => ServiceAnswer | Promise<ServiceAnswer>>>
>;

export const SERVICE = 'https://api.example.test/prod';

/** A service that answers each route with the example of its document, unless the test says otherwise. It keeps what it was asked. */
export class ConsoleService {
  readonly calls: ServiceCall[] = [];
  answers: Answers = {};

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input instanceof Request ? input : String(input), init);
    const path = request.url.slice(SERVICE.length);
    const found = allowedCall(request.method, path.split('?')[0] ?? '');
    if (found === undefined) throw new Error(`No such route: ${request.method} ${path}`);
    const { handler } = found.route;
    const call = { handler, method: request.method, path, headers: request.headers, body: await request.text() };
    this.calls.push(call);
    const { status = 200, body, headers = {} } = await this.#answer(call);
    const all = { 'content-type': 'application/json', 'x-request-id': 'req-1', ...headers };
    return new Response(JSON.stringify(body), { status, headers: all });
  };

  async #answer(call: ServiceCall): Promise<ServiceAnswer> {
    return (await this.answers[call.handler]?.(call)) ?? exampleOf(call.handler);
  }
}

export function exampleOf(handler: Route['handler']): { readonly status: number; readonly body: unknown } {
  const documented: DocumentedRoute = ROUTES[handler];
  const [first] = Object.entries(documented.answers);
  if (first === undefined) throw new Error(`${handler} has no answer`);
  return { status: Number(first[0]), body: first[1]?.body?.example };
}

/** Graph's shape of a refusal. */
export function refused(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ServiceAnswer {
  const error = { message, type: 'OAuthException', code: 100, error_data: { details: message }, fbtrace_id: 'req-1' };
  return { status, headers, body: { error } };
}

/** A last page with these rows. */
export function pageOf(...data: readonly unknown[]): ServiceAnswer {
  return { body: { data, paging: { cursors: {} } } };
}
