import type { Route } from '../contract/routes.ts';
import { inlineSchema, referenceTo } from './components.ts';
import type { Body, DocumentedRoute } from './documented-route.ts';
import { refused } from './error.ts';
import { RESPONSE_HEADERS, type ResponseHeader } from './headers.ts';
import { REFUSALS, type RefusalStatus, refusalExample, refusalsOf } from './refusals.ts';
import { ROUTES } from './routes.ts';

type Json = Record<string, unknown>;

/** `components.headers`. */
export function componentHeaders(): Json {
  return Object.fromEntries(
    Object.entries(RESPONSE_HEADERS).map(([name, schema]) => {
      const { description, ...json } = inlineSchema(schema);
      return [name, { description, schema: json }];
    }),
  );
}

/** `components.responses`: the refusals, each by its status. */
export function componentResponses(): Json {
  return Object.fromEntries(STATUSES.map((status) => [`Refused${status}`, refusal(status)]));
}

const STATUSES = Object.keys(REFUSALS)
  .map(Number)
  .filter((status): status is RefusalStatus => status in REFUSALS);

/** `responses` of an operation. */
export function responsesOf(route: Route): Json {
  const documented: DocumentedRoute = ROUTES[route.handler];
  return Object.fromEntries([...successes(route, documented), ...refusals(route, documented)]);
}

const SUCCESS_TEXTS: Readonly<Record<Route['success'][number], string>> = {
  200: 'What was asked for',
  201: 'Made',
  202: 'Accepted: it is carried out from now on',
  304: 'The caller has it already',
};

function successes({ success }: Route, { answers }: DocumentedRoute): [string, Json][] {
  return success.map((status) => {
    const { body, headers = [] } = answers[status] ?? {};
    const about = { description: SUCCESS_TEXTS[status], headers: headersOf('x-request-id', ...headers) };
    return [String(status), { ...about, ...(body ? { content: contentOf(body) } : {}) }];
  });
}

function refusals(route: Route, { partialFailure, refusals: also }: DocumentedRoute): [string, Json][] {
  return refusalsOf(route, also).map((status) => [
    String(status),
    status === 400 && partialFailure
      ? withPartial(partialFailure)
      : { $ref: `#/components/responses/Refused${status}` },
  ]);
}

function withPartial({ schema, example }: Body): Json {
  return {
    description: `Some users failed, each with its reason. Or: ${REFUSALS[400].description}`,
    headers: headersOf('x-request-id'),
    content: {
      'application/json': {
        schema: { anyOf: [referenceTo(schema), referenceTo(refused)] },
        examples: {
          someFailed: { summary: 'Some users failed', value: example },
          refused: { summary: 'The request was refused whole', value: refusalExample(400) },
        },
      },
    },
  };
}

function refusal(status: RefusalStatus): Json {
  const { description, ...more } = REFUSALS[status];
  return {
    description,
    headers: headersOf('x-request-id', ...('retryAfter' in more ? (['Retry-After'] as const) : [])),
    content: contentOf({ schema: refused, example: refusalExample(status) }),
  };
}

function headersOf(...names: readonly ResponseHeader[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

export function contentOf({ schema, example }: Body): Json {
  return { 'application/json': { schema: referenceTo(schema), example } };
}
