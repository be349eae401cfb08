import * as z from 'zod';
import { ALL_FUNCTIONS } from '../lambdas/contract/functions.ts';

/** Concurrent executions that Lambda leaves to the functions that reserve none. */
const LEAST_UNRESERVED = 100;
/** Those that serve callers all day: keys are managed by a few people, seldom. */
const API_FUNCTIONS = ALL_FUNCTIONS.filter(([, { caller, keys }]) => caller === 'api' && !keys).length;

/** Reserved concurrent executions; none by default. */
export const reservedConcurrency = z
  .strictObject({
    /** For each function behind the API, so in total that many times the number of functions. */
    api: z.number().int().min(1).max(1000).optional(),
    /** For the function that processes chunks: the calls to Graph of all jobs together. */
    worker: z.number().int().min(1).max(1000).optional(),
    /** The concurrent executions of the account in the region; a new account has 10 until it asks for more. */
    accountLimit: z.number().int().min(1).default(1000),
  })
  .check(({ value: { api = 0, worker = 0, accountLimit }, issues }) => {
    const inAll = api * API_FUNCTIONS + worker;
    if (inAll === 0 || inAll <= accountLimit - LEAST_UNRESERVED) return;
    issues.push({
      code: 'custom',
      input: inAll,
      path: [api * API_FUNCTIONS > worker ? 'api' : 'worker'],
      message: `${API_FUNCTIONS} functions behind the API with ${api} each and the worker with ${worker} reserve ${inAll} in all; of the account's ${accountLimit} (reservedConcurrency.accountLimit) Lambda keeps ${LEAST_UNRESERVED} for all others`,
    });
  })
  .prefault({});
