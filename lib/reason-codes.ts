import * as z from 'zod';
import { LIMITS } from '../lambdas/contract/limits.ts';
import { DEFAULT_REASON_CODES, REASON_CODE } from '../lambdas/contract/reasons.ts';

/** The codes that callers may give as the reason of a change. Codes that were recorded before stay valid in filters. */
export const reasonCodes = z
  .array(
    z
      .string()
      .regex(REASON_CODE, 'must be 1 to 32 lower-case letters, digits or underscores, a letter first, like spam'),
  )
  .min(1)
  .max(LIMITS.reasonCodes)
  .refine((codes) => new Set(codes).size === codes.length, 'names a code twice')
  .default([...DEFAULT_REASON_CODES]);

/** Characters of `reasonCodes` and `callerNumbers` together. Lambda accepts 4 KB for all variables of a function. */
const TOGETHER = 3_000;

interface LongSettings {
  readonly reasonCodes: readonly string[];
  readonly callerNumbers?: object | undefined;
}

/** Whether both fit into the variables of one function. */
export function fitTogether({ reasonCodes: codes, callerNumbers }: LongSettings): boolean {
  return String(codes).length + (callerNumbers ? JSON.stringify(callerNumbers).length : 0) <= TOGETHER;
}

export const TOO_LONG_TOGETHER = `are too long together with callerNumbers: the functions take ${TOGETHER} characters of both`;
