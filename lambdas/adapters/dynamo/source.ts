import * as z from 'zod/mini';
import type { Source } from '../../core/users/mirror.ts';

/** The source of a change, as it is stored. */
export const source = z.enum([
  'api',
  'job',
  'external',
  'expiry',
  'deferred',
  'webhook',
]) satisfies z.ZodMiniType<Source>;
