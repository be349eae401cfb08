import type { CalledBy } from './functions.ts';

/**
 * What a caller may do with a route: read, change users, manage the work of others, only forward webhooks, or manage keys. No
 * key may manage keys.
 */
export type Scope = 'read' | 'write' | 'operate' | 'webhook' | 'keys';

/** How callers prove who they are. Each kind has its own API, because a method of API Gateway accepts only one. */
export type CallerKind = 'iam' | 'apiKey';

export type Success = 200 | 201 | 202 | 304;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly handler: CalledBy<'api'>;
  readonly scope: Scope;
  /** Statuses of an answer to what was asked; 201 if it made a key, 202 if it is carried out afterwards, 304 if the caller has it. */
  readonly success: readonly Success[];
}

/** The scopes that a key can have, and the scopes of the routes that it may then call. */
export const KEY_SCOPES = {
  read: ['read'],
  write: ['read', 'write'],
  operate: ['read', 'write', 'operate'],
  webhook: ['webhook'],
} as const satisfies Readonly<Record<string, readonly Scope[]>>;

export type KeyScope = keyof typeof KEY_SCOPES;

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
  { method: 'GET', path: '/numbers', handler: 'listNumbersInUse', scope: 'read', success: [200] },
  { method: 'GET', path: '/users/{user}', handler: 'getUserEverywhere', scope: 'read', success: [200] },
  { method: 'GET', path: '/users/{user}/history', handler: 'getHistoryEverywhere', scope: 'read', success: [200] },
  { method: 'POST', path: '/users/{user}/erase', handler: 'eraseUser', scope: 'operate', success: [200] },
  { method: 'GET', path: '/jobs', handler: 'listJobs', scope: 'read', success: [200] },
  { method: 'POST', path: '/jobs', handler: 'createJobs', scope: 'write', success: [200, 202] },
  { method: 'GET', path: '/jobs/{id}', handler: 'getJob', scope: 'read', success: [200] },
  { method: 'GET', path: '/jobs/{id}/users', handler: 'listJobUsers', scope: 'read', success: [200] },
  { method: 'POST', path: '/jobs/{id}/cancel', handler: 'cancelJob', scope: 'operate', success: [202] },
  { method: 'POST', path: '/jobs/{id}/retry', handler: 'retryJob', scope: 'operate', success: [202] },
  { method: 'POST', path: '/jobs/{id}/revert', handler: 'revertJob', scope: 'operate', success: [202] },
  { method: 'GET', path: '/protected_users', handler: 'listProtectedUsers', scope: 'read', success: [200] },
  { method: 'GET', path: '/protected_users/{user}', handler: 'getProtectedUser', scope: 'read', success: [200] },
  { method: 'PUT', path: '/protected_users/{user}', handler: 'protectUser', scope: 'operate', success: [200] },
  { method: 'DELETE', path: '/protected_users/{user}', handler: 'unprotectUser', scope: 'operate', success: [200] },
  { method: 'POST', path: '/webhooks/whatsapp', handler: 'receiveWebhook', scope: 'webhook', success: [200] },
  { method: 'GET', path: '/openapi.json', handler: 'getOpenApi', scope: 'read', success: [200, 304] },
  { method: 'GET', path: '/health', handler: 'health', scope: 'read', success: [200] },
  { method: 'GET', path: '/keys', handler: 'listKeys', scope: 'keys', success: [200] },
  { method: 'POST', path: '/keys', handler: 'createKey', scope: 'keys', success: [201] },
  { method: 'POST', path: '/keys/{id}/rotate', handler: 'rotateKey', scope: 'keys', success: [200] },
  { method: 'DELETE', path: '/keys/{id}', handler: 'revokeKey', scope: 'keys', success: [200] },
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

/** The routes of one of the APIs. Only signed callers manage keys, and only if callers may have keys. */
export function routesOf(api: CallerKind, callers: readonly CallerKind[]): Route[] {
  const managesKeys = api === 'iam' && callers.includes('apiKey');
  return routes().filter(({ scope }) => scope !== 'keys' || managesKeys);
}

/** The scope that a key needs to call a function. All routes of a function have the same. */
export function scopeOf(handler: string): Scope | undefined {
  return routes().find((route) => route.handler === handler)?.scope;
}

/** Routes in IAM's form, with a star for each variable. A route that another one covers is omitted. */
export function patternsOf(all: readonly Route[]): string[] {
  const distinct = [...new Set(all.map(({ method, path }) => method + path.replace(/\{\w+\}/g, '*')))];
  return distinct.filter((pattern) => !distinct.some((other) => other !== pattern && coversPattern(other, pattern)));
}

/** Whether everything that matches `pattern` also matches `wider` in IAM: its `*` matches anything, slashes too. */
function coversPattern(wider: string, pattern: string): boolean {
  return new RegExp(`^${wider.split('*').map(RegExp.escape).join('.*')}$`).test(pattern);
}
