import { NotPermittedError } from '../core/errors.ts';
import type { ApiRequest } from './api-request.ts';

/** The numbers of callers that may use some only, by principal. Whoever is not in it may use every number. */
export type CallerNumbers = ReadonlyMap<string, ReadonlySet<string>>;

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
  'GET /openapi.json',
  'GET /health',
]);

/**
 * The request of a caller who may use its numbers only, known by what API Gateway has verified. This is the one place
 * where that is judged, for every route; a new route without a number in its path is refused until it is decided on here.
 *
 * @throws NotPermittedError
 */
export function confine(request: ApiRequest, callers: CallerNumbers): ApiRequest {
  if (callers.size === 0) return request;
  const principal = principalOf(request.actor);
  const numbers = principal === undefined ? undefined : callers.get(principal);
  // Whom the host cannot name cannot be told from one who is confined.
  if (numbers === undefined && request.actor.startsWith('arn:')) return request;
  const confined = { ...request, numbers: numbers ?? new Set<string>() };
  const { path, query, method, route } = request;
  const [ofJob] = path.get('id')?.split('-') ?? [];
  const number = path.get('phoneNumberId') ?? path.get('version') ?? ofJob ?? query.get('phone_number_id');
  if (number !== undefined) requireNumbers(confined, [number]);
  else if (!WITHOUT_NUMBER.has(`${method} ${route}`)) {
    throw new NotPermittedError('This caller may use some numbers only, and this route speaks of all');
  }
  return confined;
}

/** @throws NotPermittedError unless the caller may use each of the numbers */
export function requireNumbers({ numbers }: Pick<ApiRequest, 'numbers'>, asked: readonly string[]): void {
  const refused = asked.find((number) => numbers !== undefined && !numbers.has(number));
  if (refused === undefined) return;
  throw new NotPermittedError(`This caller may not use phone_number_id ${refused}, only those that it was given`);
}
