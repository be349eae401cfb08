import { KEY_SCOPES, type KeyScope, patternsOf, routesOf, type Scope } from '../contract/routes.ts';
import { type ApiKey, actorOf } from '../core/keys/api-key.ts';
import { type KeyContext, keyContextOf } from './caller.ts';

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: 'execute-api:Invoke';
  readonly Resource: readonly string[];
}

/** What API Gateway takes from an authorizer. */
export interface AuthorizerAnswer {
  readonly principalId: string;
  readonly policyDocument: { readonly Version: '2012-10-17'; readonly Statement: readonly Statement[] };
  readonly context: KeyContext;
}

/** All that the key may call and all that it may not, whatever it called now: API Gateway keeps the answer for later calls. */
export function keyAnswer(key: ApiKey, methodArn: string): AuthorizerAnswer {
  return {
    principalId: actorOf(key.name),
    policyDocument: { Version: '2012-10-17', Statement: statementsOf(key.scopes, methodArn) },
    context: keyContextOf(key),
  };
}

/**
 * The routes of the scopes are allowed, and each other one is denied by name: what a policy only leaves out, the resource policy
 * of a private API could allow.
 */
function statementsOf(keyScopes: readonly KeyScope[], methodArn: string): Statement[] {
  const scopes: readonly Scope[] = keyScopes.flatMap((scope) => KEY_SCOPES[scope]);
  // arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>
  const stage = methodArn.split('/', 2).join('/');
  const routes = routesOf('apiKey', ['iam', 'apiKey']);
  const statement = (Effect: Statement['Effect'], isAllowed: boolean): Statement[] => {
    const patterns = patternsOf(routes.filter(({ scope }) => scopes.includes(scope) === isAllowed));
    if (patterns.length === 0) return [];
    return [{ Effect, Action: 'execute-api:Invoke', Resource: patterns.map((pattern) => `${stage}/${pattern}`) }];
  };
  return [...statement('Allow', true), ...statement('Deny', false)];
}
