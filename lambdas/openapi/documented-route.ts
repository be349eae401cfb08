import type { z } from 'zod';
import type { Route, SuccessOf } from '../contract/routes.ts';
import type { ResponseHeader } from './headers.ts';
import type { Parameters } from './parameters.ts';
import type { RefusalStatus } from './refusals.ts';

/** Groups of routes, in the order in which people read them. */
export const TAGS = {
  Blocklist: 'Block and unblock users, and see who is blocked. Requests and answers are those of Graph',
  'Look up': 'What is known of users and numbers, from the mirror: Graph is not called',
  'Protected users': 'Users whom nobody can block, on any number',
  Jobs: 'Requests that are carried out in parts after they were accepted',
  Keys: 'Keys of callers that cannot sign. Only signed callers manage them, and only if the stack has callers with keys',
  Service: 'Webhooks, and the service itself',
  Events:
    'What the service tells others, on the EventBridge bus of the stack (output `EventBusName`), at least once. It calls no address: a rule on the bus does',
} as const;

/** A body with an example of it. */
export interface Body {
  readonly schema: z.ZodType;
  readonly example: unknown;
  /** Set if a request may have no body. */
  readonly isOptional?: true;
}

export interface DocumentedAnswer {
  /** Absent if the answer has no body. */
  readonly body?: Body;
  /** Beside `x-request-id`, which every answer has. */
  readonly headers?: readonly ResponseHeader[];
}

/** All that the document says of a route beside what the table of routes has. */
export interface DocumentedRoute {
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  readonly query?: Parameters;
  readonly headers?: Parameters;
  readonly request?: Body;
  readonly answers: Readonly<Partial<Record<number, DocumentedAnswer>>>;
  /** A 400 that has results of users beside the error, as Graph's has. */
  readonly partialFailure?: Body;
  /** Statuses of refusals that not every route has. */
  readonly refusals?: readonly RefusalStatus[];
}

/** One for each function behind the API, with an answer for each of its successes and no other. */
export type DocumentedRoutes = {
  readonly [Handler in Route['handler']]: Omit<DocumentedRoute, 'answers'> & {
    readonly answers: Readonly<Record<SuccessOf<Handler>, DocumentedAnswer>>;
  };
};

export function body<Schema extends z.ZodType>(schema: Schema, example: z.infer<Schema>): Body {
  return { schema, example };
}

export function answer<Schema extends z.ZodType>(
  schema: Schema,
  example: z.infer<Schema>,
  headers: readonly ResponseHeader[] = [],
): DocumentedAnswer {
  return { body: { schema, example }, headers };
}
