import { prettifyError, z } from 'zod';
import { type Route, routes } from '../contract/routes.ts';
import type { DocumentedRoute } from './documented-route.ts';
import { refused } from './error.ts';
import { refusalsOf } from './refusals.ts';
import { ROUTES } from './routes.ts';

export interface GivenAnswer {
  readonly method: string;
  /** Below the base URL, without query; or the resource, as API Gateway names it. */
  readonly path: string;
  readonly status: number;
  readonly body: unknown;
}

/** Throws unless the answer is one that its route may give. The demo and all tests send every answer through here. */
export function checkAnswer({ method, path, status, body }: GivenAnswer): void {
  const route = routeOf(method, path);
  const schema = route ? answerOf(route, status) : refused;
  if (!schema) throw new Error(`${method} ${path} answered ${status}, which is not documented`);
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
