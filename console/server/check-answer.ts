import { parseAnswer } from '../../cli/api/parse-answer.ts';
import type { Route } from '../../lambdas/contract/routes.ts';
import type { DocumentedRoute } from '../../lambdas/openapi/documented-route.ts';
import { ROUTES } from '../../lambdas/openapi/routes.ts';
import { ProblemError } from './problem.ts';

/**
 * The body of a success, and of a refusal that has an outcome for each user, in the shape of the contract, so that the page can
 * rely on it. Of other refusals the page makes what it can.
 *
 * @throws ProblemError if it has another shape
 */
export function checkAnswer({ handler }: Pick<Route, 'handler'>, status: number, text: string): string {
  const documented: DocumentedRoute = ROUTES[handler];
  const body = parseJson(text);
  const schema = documented.answers[status]?.body?.schema;
  if (schema === undefined) {
    const partial = status === 400 ? documented.partialFailure?.schema.safeParse(body) : undefined;
    return partial?.success ? JSON.stringify(partial.data) : text;
  }
  try {
    return JSON.stringify(parseAnswer(schema, body));
  } catch {
    throw new ProblemError({
      status: 502,
      kind: 'unreachable',
      message: 'The service answered in a way that this console does not understand',
      hint: 'Is the command line as new as the service?',
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
