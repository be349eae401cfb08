import { KEY_SCOPES, type Scope } from '../contract/routes.ts';
import { NotPermittedError } from '../core/errors.ts';
import type { ApiRequest } from './api-request.ts';
import type { CallerKey } from './caller.ts';

/** The numbers of callers that may use only some, by principal. A caller who is not in it may use every number. */
export type CallerNumbers = ReadonlyMap<string, ReadonlySet<string>>;

/** What a function knows of the callers who may call it. */
export interface CallerRules {
  /** The callers who may use only some numbers. */
  readonly callerNumbers: () => CallerNumbers;
  /** The scope that a key needs to call this function. Only asked for if the caller has a key. */
  readonly scope: () => Scope;
}

/** From the ARNs of roles and users in the configuration. */
export function toCallerNumbers(configured: Readonly<Record<string, readonly string[]>>): CallerNumbers {
  return new Map(Object.entries(configured).map(([arn, numbers]) => [principalOf(arn) ?? arn, new Set(numbers)]));
}

/**
 * `111122223333:role/support` for a role and each of its sessions, whose ARN (`…:assumed-role/support/jo`) does not have the
 * path of the role; the same for users. IAM treats names that differ only in case as the same.
 */
function principalOf(arn: string): string | undefined {
  const [, account, session, names] =
    /^arn:[^:]+:(?:iam|sts)::(\d{12}):(assumed-)?((?:role|user)\/.+)$/.exec(arn) ?? [];
  if (account === undefined || names === undefined) return undefined;
  const [kind, ...path] = names.split('/');
  const name = session === undefined ? path.at(-1) : path[0];
  return `${account}:${kind}/${name}`.toLowerCase();
}

/**
 * Routes without a number in their path: they cover all numbers, those in the body, or none. A route that is not here is
 * refused.
 */
const WITHOUT_NUMBER: ReadonlySet<string> = new Set([
  // Lists the jobs of the caller's numbers.
  'GET /jobs',
  // Lists the caller's numbers.
  'GET /numbers',
  // Show a user on the caller's numbers.
  'GET /users/{user}',
  'GET /users/{user}/history',
  // Checked by the numbers in their bodies, once those are read.
  'POST /jobs',
  'POST /users/{user}/erase',
  'POST /webhooks/whatsapp',
  'GET /openapi.json',
  'GET /health',
]);

/**
 * The request of a caller who may use only its own numbers, identified by what API Gateway or the authorizer has verified: the
 * numbers of its key, or of its principal. Only this function checks that, for every route. A new route without a number in
 * its path is refused until it is listed here.
 *
 * @throws NotPermittedError
 */
export function confine(request: ApiRequest, { callerNumbers, scope }: CallerRules): ApiRequest {
  if (request.key) requireScope(request.key, scope());
  const numbers = request.key ? request.key.numbers : numbersOf(request.actor, callerNumbers());
  if (numbers === undefined) return request;
  const confined = { ...request, numbers };
  const { path, query, method, route } = request;
  const [ofJob] = route.startsWith('/jobs/') ? (path.get('id')?.split('-') ?? []) : [];
  const number = path.get('phoneNumberId') ?? path.get('version') ?? ofJob ?? query.get('phone_number_id');
  if (number !== undefined) requireNumbers(confined, [number]);
  else if (!WITHOUT_NUMBER.has(`${method} ${route}`)) {
    throw new NotPermittedError('This caller may use only some numbers, and this route covers all of them');
  }
  return confined;
}

/** The numbers of a caller that signed; absent if it may use all. */
function numbersOf(actor: string, callers: CallerNumbers): ReadonlySet<string> | undefined {
  if (callers.size === 0) return undefined;
  const principal = principalOf(actor);
  const numbers = principal === undefined ? undefined : callers.get(principal);
  // A caller without an ARN cannot be told apart from one who is confined.
  return numbers ?? (actor.startsWith('arn:') ? undefined : new Set());
}

/**
 * The authorizer's policy refuses this earlier, by the path as it was sent. This check is by the function that API Gateway
 * chose for the path, however the path was spelled.
 */
function requireScope({ scopes }: CallerKey, scope: Scope): void {
  if (scopes.some((one) => KEY_SCOPES[one].some((allowed) => allowed === scope))) return;
  throw new NotPermittedError(`This key is for ${scopes.join(', ')}, and this route takes ${scope}`);
}

/** @throws NotPermittedError unless the caller may use each of the numbers */
export function requireNumbers({ numbers }: Pick<ApiRequest, 'numbers'>, asked: readonly string[]): void {
  const refused = asked.find((number) => numbers !== undefined && !numbers.has(number));
  if (refused === undefined) return;
  throw new NotPermittedError(
    `This caller may not use phone_number_id ${refused}, only the numbers that are configured for it`,
  );
}
