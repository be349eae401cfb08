import * as z from 'zod/mini';
import type { Authorization } from '../core/keys/authorize-key.ts';
import { type AuthorizerAnswer, keyAnswer } from '../http/key-policy.ts';
import { describe, logger } from './logger.ts';

/** What API Gateway calls a TOKEN authorizer with. */
const call = z.object({ type: z.literal('TOKEN'), authorizationToken: z.string(), methodArn: z.string() });
const SCHEME = /^bearer /i;

/** API Gateway answers 401 to an error of exactly this text, and 500 to every other: nothing else may ever have it. */
class Unauthorized extends Error {
  override readonly name = 'Unauthorized';
  constructor() {
    super('Unauthorized');
    // Lambda logs the stack of an error. Here it is of no use: the line before says everything.
    this.stack = String(this);
  }
}

/** An authorizer of API Gateway around a function that says whose key it is. Logs one line, with no more of the key than its id. */
export function authorizer(
  authorize: (token: string) => Promise<Authorization>,
): (event: unknown) => Promise<AuthorizerAnswer> {
  return async (event) => {
    const startedMs = performance.now();
    const { authorization, methodArn } = await lookUp(authorize, event);
    const ms = Math.round(performance.now() - startedMs);
    if (authorization.refused !== undefined) {
      logger.info('key refused', { key_id: authorization.id, refused: authorization.refused, ms });
      throw new Unauthorized();
    }
    logger.info('key accepted', { key_id: authorization.key.id, ms });
    return keyAnswer(authorization.key, methodArn);
  };
}

/** What fails here fails the call: with 500, and never with a policy. */
async function lookUp(authorize: (token: string) => Promise<Authorization>, event: unknown) {
  try {
    const { authorizationToken, methodArn } = call.parse(event);
    return { authorization: await authorize(authorizationToken.replace(SCHEME, '')), methodArn };
  } catch (error) {
    logger.error('fault', { task: 'authorize-key', ...describe(error) });
    throw new Error('The key could not be looked up; see the log');
  }
}
