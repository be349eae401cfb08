import * as z from 'zod/mini';
import type { Source } from '../../core/users/mirror.ts';

/** Through what a change came, as it is stored. */
export const source = z.enum([
  'api',
  'job',
  'external',
  'expiry',
  'deferred',
  'webhook',
]) satisfies z.ZodMiniType<Source>;
