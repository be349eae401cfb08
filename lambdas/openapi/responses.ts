import type { z } from 'zod';
import type { Route } from '../contract/routes.ts';
import { ANSWERS, partialFailureOf } from './answers.ts';
import { inlineSchema, referenceTo } from './components.ts';
import { refused } from './error.ts';
import { ANSWER_EXAMPLES, PARTIAL_EXAMPLES } from './examples.ts';
import { RESPONSE_HEADERS, type ResponseHeader, SUCCESS_HEADERS } from './headers.ts';
import { REFUSALS, type RefusalStatus, refusalExample, refusalsOf } from './refusals.ts';
import { nothing } from './service.ts';

type Json = Record<string, unknown>;

/** `components.headers`. */
export function componentHeaders(): Json {
  return Object.fromEntries(
    Object.entries(RESPONSE_HEADERS).map(([name, schema]) => {
      const { description, ...json } = inlineSchema(schema, 'output');
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
  return Object.fromEntries([...successes(route), ...refusals(route)]);
}

const SUCCESS_TEXTS: Readonly<Record<Route['success'][number], string>> = {
  200: 'What was asked for',
  202: 'Accepted: it is carried out from now on',
  304: 'The caller has it already',
};

function successes({ handler, success }: Route): [string, Json][] {
  const schemas: Readonly<Record<number, z.ZodType>> = ANSWERS[handler];
  const examples: Readonly<Record<number, unknown>> = ANSWER_EXAMPLES[handler];
  return success.map((status) => {
    const headers = headersOf('x-request-id', ...(SUCCESS_HEADERS[handler]?.[status] ?? []));
    const schema = schemas[status];
    const about = { description: SUCCESS_TEXTS[status], headers };
    if (!schema || schema === nothing) return [String(status), about];
    const content = json({ schema: referenceTo(schema), example: examples[status] });
    return [String(status), { ...about, content }];
  });
}

function refusals(route: Route): [string, Json][] {
  const partial = partialFailureOf(route.handler);
  return refusalsOf(route).map((status) => [
    String(status),
    status === 400 && partial
      ? partialFailure(partial, route.handler)
      : { $ref: `#/components/responses/Refused${status}` },
  ]);
}

function partialFailure(schema: z.ZodType, handler: Route['handler']): Json {
  const examples: Readonly<Record<string, unknown>> = PARTIAL_EXAMPLES;
  return {
    description: `Some users failed, each with its reason. Or: ${REFUSALS[400].description}`,
    headers: headersOf('x-request-id'),
    content: json({
      schema: { anyOf: [referenceTo(schema), referenceTo(refused)] },
      examples: {
        someFailed: { summary: 'Some users failed', value: examples[handler] },
        refused: { summary: 'The request was refused whole', value: refusalExample(400) },
      },
    }),
  };
}

function refusal(status: RefusalStatus): Json {
  const { description, ...more } = REFUSALS[status];
  return {
    description,
    headers: headersOf('x-request-id', ...('retryAfter' in more ? (['Retry-After'] as const) : [])),
    content: json({ schema: referenceTo(refused), example: refusalExample(status) }),
  };
}

function headersOf(...names: readonly ResponseHeader[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function json(content: Json): Json {
  return { 'application/json': content };
}
