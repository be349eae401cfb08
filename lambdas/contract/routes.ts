import type { CalledBy } from './functions.ts';

/** What a caller may do with a route: read, change users, manage the work of others, or only forward webhooks. */
export type Scope = 'read' | 'write' | 'operate' | 'webhook';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly handler: CalledBy<'api'>;
  readonly scope: Scope;
}

const NUMBER_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/block_users', handler: 'listBlockedUsers', scope: 'read' },
  { method: 'POST', path: '/block_users', handler: 'blockUsers', scope: 'write' },
  { method: 'DELETE', path: '/block_users', handler: 'unblockUsers', scope: 'write' },
  { method: 'POST', path: '/block_users/lookup', handler: 'lookupUsers', scope: 'read' },
  { method: 'GET', path: '/block_users/{user}', handler: 'getBlockedUser', scope: 'read' },
  { method: 'GET', path: '/block_users/{user}/history', handler: 'getUserHistory', scope: 'read' },
  { method: 'GET', path: '/blocklist', handler: 'getBlocklist', scope: 'read' },
  { method: 'POST', path: '/blocklist/reconcile', handler: 'startReconciliation', scope: 'operate' },
  { method: 'GET', path: '/operations', handler: 'listOperations', scope: 'read' },
];

const OTHER_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/jobs', handler: 'listJobs', scope: 'read' },
  { method: 'POST', path: '/jobs', handler: 'createJobs', scope: 'write' },
  { method: 'GET', path: '/jobs/{id}', handler: 'getJob', scope: 'read' },
  { method: 'GET', path: '/jobs/{id}/users', handler: 'listJobUsers', scope: 'read' },
  { method: 'POST', path: '/jobs/{id}/cancel', handler: 'cancelJob', scope: 'operate' },
  { method: 'POST', path: '/jobs/{id}/retry', handler: 'retryJob', scope: 'operate' },
  { method: 'POST', path: '/webhooks/whatsapp', handler: 'receiveWebhook', scope: 'webhook' },
  { method: 'GET', path: '/health', handler: 'health', scope: 'read' },
];

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
