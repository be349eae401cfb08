import { z } from 'zod';
import type { Route } from '../contract/routes.ts';
import * as blocklist from './blocklist.ts';
import * as change from './change.ts';
import * as error from './error.ts';
import * as job from './job.ts';
import * as operation from './operation.ts';
import * as requests from './requests.ts';
import * as service from './service.ts';
import * as user from './user.ts';
import { received } from './webhook.ts';

/** Schemas that have a name in the document; all others stand where they are used. */
const ANSWER_SCHEMAS = {
  Refused: error.refused,
  UserError: error.userError,
  ChangedUser: change.changedUser,
  FailedUser: change.failedUser,
  Blocked: change.blocked,
  SomeNotBlocked: change.someNotBlocked,
  Unblocked: change.unblocked,
  SomeNotUnblocked: change.someNotUnblocked,
  Accepted: change.accepted,
  Job: job.job,
  CreatedJobs: job.createdJobs,
  Jobs: job.jobs,
  JobUser: job.jobUser,
  JobUsers: job.jobUsers,
  User: user.user,
  LookedUpUser: user.lookedUpUser,
  Lookup: user.lookup,
  AuditEvent: user.auditEvent,
  History: user.history,
  ListedUser: user.listedUser,
  List: user.list,
  Blocklist: blocklist.blocklist,
  Reconciliation: blocklist.reconciliation,
  Operation: operation.operation,
  Operations: operation.operations,
  Received: received,
  OpenApi: service.openApi,
  Health: service.health,
};
const REQUEST_SCHEMAS = {
  Entry: requests.blockEntry,
  BlockRequest: requests.blockRequest,
  UnblockRequest: requests.unblockRequest,
  CreateJobsRequest: requests.createJobsRequest,
  LookupRequest: requests.lookupRequest,
  WebhookRequest: requests.webhookRequest,
};

/** Bodies, by the function that reads them. The others read none. */
export const REQUESTS: Readonly<Partial<Record<Route['handler'], z.ZodType>>> = {
  blockUsers: requests.blockRequest,
  unblockUsers: requests.unblockRequest,
  createJobs: requests.createJobsRequest,
  lookupUsers: requests.lookupRequest,
  receiveWebhook: requests.webhookRequest,
};

type JsonSchema = Record<string, unknown>;
const NAMES = new Map<z.ZodType, string>(
  Object.entries({ ...ANSWER_SCHEMAS, ...REQUEST_SCHEMAS }).map(([name, schema]) => [schema, name]),
);

/** `components.schemas`, by name. */
export function componentSchemas(): Record<string, JsonSchema> {
  return { ...named(ANSWER_SCHEMAS, 'output'), ...named(REQUEST_SCHEMAS, 'input') };
}

function named(schemas: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: all } = z.toJSONSchema(registry, {
    io,
    uri: placeOf,
    override: ({ jsonSchema }) => tidy(jsonSchema, io),
  });
  return Object.fromEntries(Object.entries(all).map(([id, { $schema, $id, ...schema }]) => [id, schema]));
}

const placeOf = (id: string) => `#/components/schemas/${id}`;

/** The schema of an answer or a body: by its name, which it must have. */
export function referenceTo(schema: z.ZodType): JsonSchema {
  const name = NAMES.get(schema);
  if (name === undefined) throw new Error('A schema of an answer or a body has no name in components.ts');
  return { $ref: placeOf(name) };
}

/** The schema of a parameter or header. */
export function inlineSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema, ...json } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => tidy(jsonSchema, io),
  });
  return json;
}

/**
 * Leaves out what says nothing to a reader: the bounds of exact integers, and of an answer's times the pattern beside the format.
 * `\d` is any digit to some readers of patterns, 0 to 9 to us.
 */
function tidy(schema: JsonSchema, io: 'input' | 'output'): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.format === 'date-time' && io === 'output') delete schema.pattern;
  if (typeof schema.pattern === 'string') schema.pattern = schema.pattern.replaceAll('\\d', '[0-9]');
}
