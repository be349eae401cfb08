import type { CalledBy } from './functions.ts';

/** What a caller may do with a route: read, change users, manage the work of others, or only forward webhooks. */
export type Scope = 'read' | 'write' | 'operate' | 'webhook';

export type Success = 200 | 202 | 304;

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly handler: CalledBy<'api'>;
  readonly scope: Scope;
  /** Statuses of an answer to what was asked; 202 if it is carried out afterwards, 304 if the caller has it. */
  readonly success: readonly Success[];
}

const NUMBER_ROUTES = [
  { method: 'GET', path: '/block_users', handler: 'listBlockedUsers', scope: 'read', success: [200] },
  { method: 'POST', path: '/block_users', handler: 'blockUsers', scope: 'write', success: [200, 202] },
  { method: 'DELETE', path: '/block_users', handler: 'unblockUsers', scope: 'write', success: [200, 202] },
  { method: 'POST', path: '/block_users/lookup', handler: 'lookupUsers', scope: 'read', success: [200] },
  { method: 'GET', path: '/block_users/{user}', handler: 'getBlockedUser', scope: 'read', success: [200] },
  { method: 'GET', path: '/block_users/{user}/history', handler: 'getUserHistory', scope: 'read', success: [200] },
  { method: 'GET', path: '/blocklist', handler: 'getBlocklist', scope: 'read', success: [200] },
  { method: 'POST', path: '/blocklist/reconcile', handler: 'startReconciliation', scope: 'operate', success: [202] },
  { method: 'GET', path: '/operations', handler: 'listOperations', scope: 'read', success: [200] },
] as const satisfies readonly Route[];

const OTHER_ROUTES = [
  { method: 'GET', path: '/jobs', handler: 'listJobs', scope: 'read', success: [200] },
  { method: 'POST', path: '/jobs', handler: 'createJobs', scope: 'write', success: [202] },
  { method: 'GET', path: '/jobs/{id}', handler: 'getJob', scope: 'read', success: [200] },
  { method: 'GET', path: '/jobs/{id}/users', handler: 'listJobUsers', scope: 'read', success: [200] },
  { method: 'POST', path: '/jobs/{id}/cancel', handler: 'cancelJob', scope: 'operate', success: [202] },
  { method: 'POST', path: '/jobs/{id}/retry', handler: 'retryJob', scope: 'operate', success: [202] },
  { method: 'POST', path: '/webhooks/whatsapp', handler: 'receiveWebhook', scope: 'webhook', success: [200] },
  { method: 'GET', path: '/openapi.json', handler: 'getOpenApi', scope: 'read', success: [200, 304] },
  { method: 'GET', path: '/health', handler: 'health', scope: 'read', success: [200] },
] as const satisfies readonly Route[];

/**
 * Every route. API Gateway allows one variable name for each level, so `{version}` also has the phone number id in the form
 * without a version. The handlers tell them apart by whether `phoneNumberId` is there. A fixed part wins over a variable
 * beside it: `block_users/lookup` is no user, and neither a number nor a version is called `jobs`.
 */
export function routes(): Route[] {
  const ofNumbers = ['/{version}', '/{version}/{phoneNumberId}'].flatMap((number) =>
    NUMBER_ROUTES.map((route) => ({ ...route, path: number + route.path })),
  );
  return [...ofNumbers, ...OTHER_ROUTES];
}

type Row = (typeof NUMBER_ROUTES | typeof OTHER_ROUTES)[number];

/** `success` of the routes of a function. */
export type SuccessOf<Handler extends Route['handler']> = Extract<Row, { handler: Handler }>['success'][number];
