import type { CalledBy } from './functions.ts';

/**
 * What a caller needs to be trusted with for a route: to look, to change users, to look after the work of others, to forward
 * webhooks and nothing else; or to make and revoke keys, which no key is trusted with.
 */
export type Scope = 'read' | 'write' | 'operate' | 'webhook' | 'keys';

/** How callers show who they are. Each way has an API of its own, since a method of API Gateway takes one only. */
export type CallerKind = 'iam' | 'apiKey';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly handler: CalledBy<'api'>;
  readonly scope: Scope;
}

/** What a key can be made for, and the scopes of the routes that it may then call. */
export const KEY_SCOPES = {
  read: ['read'],
  write: ['read', 'write'],
  operate: ['read', 'write', 'operate'],
  webhook: ['webhook'],
} as const satisfies Readonly<Record<string, readonly Scope[]>>;

export type KeyScope = keyof typeof KEY_SCOPES;

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
  { method: 'GET', path: '/keys', handler: 'listKeys', scope: 'keys' },
  { method: 'POST', path: '/keys', handler: 'createKey', scope: 'keys' },
  { method: 'POST', path: '/keys/{id}/rotate', handler: 'rotateKey', scope: 'keys' },
  { method: 'DELETE', path: '/keys/{id}', handler: 'revokeKey', scope: 'keys' },
];

/**
 * Every route. API Gateway allows one variable name per level, so `{version}` is also where the phone number id stands in the
 * form without a version; the handlers tell them apart by whether `phoneNumberId` is there. A fixed part wins over a
 * variable beside it: `block_users/lookup` is no user, and neither number nor version is called `jobs`.
 */
export function routes(): Route[] {
  const ofNumbers = ['/{version}', '/{version}/{phoneNumberId}'].flatMap((number) =>
    NUMBER_ROUTES.map((route) => ({ ...route, path: number + route.path })),
  );
  return [...ofNumbers, ...OTHER_ROUTES];
}

/** The routes of one of the APIs. Only signed callers manage keys, and only if callers may have keys. */
export function routesOf(api: CallerKind, callers: readonly CallerKind[]): Route[] {
  const managesKeys = api === 'iam' && callers.includes('apiKey');
  return routes().filter(({ scope }) => scope !== 'keys' || managesKeys);
}

/** What a key must be for to call a function: all routes of a function take the same. */
export function scopeOf(handler: string): Scope | undefined {
  return routes().find((route) => route.handler === handler)?.scope;
}

/** The routes of these scopes as IAM knows them, with a star for each variable. What another of them covers is left out. */
export function patternsOf(all: readonly Route[]): string[] {
  const distinct = [...new Set(all.map(({ method, path }) => method + path.replace(/\{\w+\}/g, '*')))];
  return distinct.filter((pattern) => !distinct.some((other) => other !== pattern && covers(other, pattern)));
}

/** Whether IAM takes what matches `pattern` for `wider` too: its `*` stands for anything, slashes as well. */
function covers(wider: string, pattern: string): boolean {
  return new RegExp(`^${wider.split('*').map(RegExp.escape).join('.*')}$`).test(pattern);
}
