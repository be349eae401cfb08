import { type Route, routes } from '../../lambdas/contract/routes.ts';
import { PHONE_NUMBER_ID } from '../../lambdas/core/ids.ts';

/** A call that the console passes on, with its path spelled anew. */
export interface AllowedCall {
  readonly route: Route;
  /** Below the base URL of the service. Each part of it is encoded once. */
  readonly path: string;
}

/** What stands for a variable. `{user}` may be anything that is one part of a path: the service says what is wrong with it. */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  version: /^(?:v\d+\.\d+|\d{1,32})$/,
  phoneNumberId: PHONE_NUMBER_ID,
  id: /^[0-9A-Za-z-]{1,100}$/,
  user: /^.{1,200}$/u,
};

/** Webhooks are forwarded by machines. */
const TABLE = routes()
  .filter(({ scope }) => scope !== 'webhook')
  .map((route) => ({ route, parts: route.path.slice(1).split('/') }))
  // A fixed part wins over a variable beside it.
  .sort((one, other) => variablesIn(one.parts) - variablesIn(other.parts));

function variablesIn(parts: readonly string[]): number {
  return parts.filter((part) => part.startsWith('{')).length;
}

/** The route of the table that a call is for; undefined if there is none. `path` is as the browser sent it. */
export function allowedCall(method: string, path: string): AllowedCall | undefined {
  const parts = path.startsWith('/') ? path.slice(1).split('/').map(decoded) : [];
  const found = TABLE.find(({ route, parts: wanted }) => {
    return (
      route.method === method && wanted.length === parts.length && wanted.every((want, at) => fits(want, parts[at]))
    );
  });
  if (found === undefined) return undefined;
  return { route: found.route, path: `/${parts.map((part) => encodeURIComponent(part ?? '')).join('/')}` };
}

function fits(wanted: string, part: string | undefined): boolean {
  if (part === undefined) return false;
  const [, name] = /^\{(\w+)\}$/.exec(wanted) ?? [];
  return name === undefined ? part === wanted : (VARIABLES[name]?.test(part) ?? false);
}

/** A part of a path; undefined if it could be read as another path: dots, slashes in whatever spelling, what cannot be seen. */
function decoded(part: string): string | undefined {
  try {
    const text = decodeURIComponent(part);
    return text === '.' || text === '..' || /[/\\\p{Cc}]/u.test(text) || /%[0-9a-f]{2}/i.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Whether a call leaves everything as it is. */
export function isRead({ method, handler }: Route): boolean {
  return method === 'GET' || handler === 'lookupUsers';
}
