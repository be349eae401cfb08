import { prettifyError, z } from 'zod';
import { type Route, routes } from '../contract/routes.ts';
import type { DocumentedRoute } from './documented-route.ts';
import { refused } from './error.ts';
import { RESPONSE_HEADERS, type ResponseHeader } from './headers.ts';
import { hasRetryAfter, refusalsOf } from './refusals.ts';
import { ROUTES } from './routes.ts';

export interface GivenAnswer {
  readonly method: string;
  /** Below the base URL, without query; or the resource, as API Gateway names it. */
  readonly path: string;
  readonly status: number;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly body: unknown;
}

/** Throws unless the answer is one that its route may give. The demo and all tests send every answer through here. */
export function checkAnswer({ method, path, status, headers, body }: GivenAnswer): void {
  const route = routeOf(method, path);
  const schema = route ? answerOf(route, status) : refused;
  if (!schema) throw new Error(`${method} ${path} answered ${status}, which is not documented`);
  const given = new Map([...headers].map(([name, value]) => [name.toLowerCase(), value]));
  for (const name of headersOf(route, status)) {
    const header = RESPONSE_HEADERS[name].safeParse(given.get(name.toLowerCase()));
    if (!header.success) throw new Error(`${method} ${path} answered ${status} without the documented ${name}`);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return;
  const text = JSON.stringify(body)?.slice(0, 2_000);
  throw new Error(
    `${method} ${path} answered ${status} with an undocumented body: ${prettifyError(parsed.error)}\n${text}`,
  );
}

/** What the body of an answer must be; `undefined` if the route has no such status. */
function answerOf(route: Route, status: number): z.ZodType | undefined {
  const { answers, partialFailure, refusals }: DocumentedRoute = ROUTES[route.handler];
  if (status < 400) {
    const answer = answers[status];
    return answer && (answer.body?.schema ?? NOTHING);
  }
  if (!refusalsOf(route, refusals).some((known) => known === status)) return undefined;
  return partialFailure && status === 400 ? refused.or(partialFailure.schema) : refused;
}

function headersOf(route: Route | undefined, status: number): readonly ResponseHeader[] {
  const { answers }: Pick<DocumentedRoute, 'answers'> = route ? ROUTES[route.handler] : { answers: {} };
  const ofSuccess = answers[status]?.headers ?? [];
  return ['x-request-id', ...ofSuccess, ...(hasRetryAfter(status) ? (['Retry-After'] as const) : [])];
}

/** The body of an answer that has none. */
const NOTHING = z.literal('');

const VARIABLE = /^\{\w+\}$/;

/** Of several routes that match, API Gateway takes the one that has a fixed part before the others. */
export function routeOf(method: string, path: string): Route | undefined {
  const given = path.split('/');
  const matching = routes().filter((route) => {
    const parts = route.path.split('/');
    return (
      route.method === method &&
      parts.length === given.length &&
      parts.every((part, place) => (VARIABLE.test(part) ? given[place] !== '' : part === given[place]))
    );
  });
  const fixedParts = ({ path }: Route) =>
    path
      .split('/')
      .map((part) => (VARIABLE.test(part) ? '{' : part))
      .join('/');
  return matching.sort((a, b) => (fixedParts(a) < fixedParts(b) ? -1 : 1))[0];
}
