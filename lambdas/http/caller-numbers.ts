import { KEY_SCOPES, type Scope } from '../contract/routes.ts';
import { NotPermittedError } from '../core/errors.ts';
import type { ApiRequest } from './api-request.ts';
import type { CallerKey } from './caller.ts';

/** The numbers of callers that may use some only, by principal. Whoever is not in it may use every number. */
export type CallerNumbers = ReadonlyMap<string, ReadonlySet<string>>;

/** What a function knows of those who may call it. */
export interface CallerRules {
  /** Who may use some numbers only. */
  readonly callerNumbers: () => CallerNumbers;
  /** What a key must be for to call this function. Asked for callers with a key only. */
  readonly scope: () => Scope;
}

/** By the ARNs of roles and users, as they are configured. */
export function toCallerNumbers(configured: Readonly<Record<string, readonly string[]>>): CallerNumbers {
  return new Map(Object.entries(configured).map(([arn, numbers]) => [principalOf(arn) ?? arn, new Set(numbers)]));
}

/**
 * `111122223333:role/support` of a role and of each of its sessions, whose ARN (`…:assumed-role/support/jo`) has no path of
 * the role in it; the same for users. IAM takes names that differ in case only for the same.
 */
function principalOf(arn: string): string | undefined {
  const [, account, session, names] =
    /^arn:[^:]+:(?:iam|sts)::(\d{12}):(assumed-)?((?:role|user)\/.+)$/.exec(arn) ?? [];
  if (account === undefined || names === undefined) return undefined;
  const [kind, ...path] = names.split('/');
  const name = session === undefined ? path.at(-1) : path[0];
  return `${account}:${kind}/${name}`.toLowerCase();
}

/** Routes that speak of no number in their path: of all, of those in the body, of none. What is not here is refused. */
const WITHOUT_NUMBER: ReadonlySet<string> = new Set([
  // Lists the jobs of the caller's numbers.
  'GET /jobs',
  // Judged by the numbers of their bodies, as soon as those are read.
  'POST /jobs',
  'POST /webhooks/whatsapp',
  'GET /health',
]);

/**
 * The request of a caller who may use its numbers only, known by what API Gateway or the authorizer has verified: those of its
 * key, or of its principal. This is the one place where that is judged, for every route; a new route without a number in its
 * path is refused until it is decided on here.
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
    throw new NotPermittedError('This caller may use some numbers only, and this route speaks of all');
  }
  return confined;
}

/** The numbers of a caller that signed; absent if it may use every one. */
function numbersOf(actor: string, callers: CallerNumbers): ReadonlySet<string> | undefined {
  if (callers.size === 0) return undefined;
  const principal = principalOf(actor);
  const numbers = principal === undefined ? undefined : callers.get(principal);
  // Whom the host cannot name cannot be told from one who is confined.
  return numbers ?? (actor.startsWith('arn:') ? undefined : new Set());
}

/**
 * The authorizer's policy compares the path as it was sent. Here the function counts that API Gateway chose, however the path
 * was spelled.
 */
function requireScope({ scopes }: CallerKey, scope: Scope): void {
  if (scopes.some((one) => KEY_SCOPES[one].some((allowed) => allowed === scope))) return;
  throw new NotPermittedError(`This key is for ${scopes.join(', ')}, and this route takes ${scope}`);
}

/** @throws NotPermittedError unless the caller may use each of the numbers */
export function requireNumbers({ numbers }: Pick<ApiRequest, 'numbers'>, asked: readonly string[]): void {
  const refused = asked.find((number) => numbers !== undefined && !numbers.has(number));
  if (refused === undefined) return;
  throw new NotPermittedError(`This caller may not use phone_number_id ${refused}, only those that it was given`);
}
