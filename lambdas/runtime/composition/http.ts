import { toCallerNumbers } from '../../http/caller-numbers.ts';
import type { HandleOptions } from '../../http/handle.ts';
import { optionalEnv } from '../env.ts';
import { requestLog } from '../logger.ts';
import { lazily } from './lazily.ts';

/** What every handler of a route needs. */
export const httpOptions: HandleOptions = {
  log: () => requestLog,
  publicUrls: () => ({ iam: optionalEnv('publicUrl'), apiKey: optionalEnv('keyPublicUrl') }),
  callerNumbers: lazily(() => toCallerNumbers(optionalEnv('callerNumbers') ?? {})),
};
