import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import type { RequiredReason } from '../contract/reasons.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { isLine, whyNoLine } from '../core/line.ts';
import type { Reasons } from '../core/users/asked.ts';
import { asSeen } from '../core/users/characters.ts';

/** What a change may and must give as its reason. */
export interface ReasonRules {
  /** The codes that this deployment knows. */
  readonly reasonCodes: readonly string[];
  readonly requireReason: RequiredReason;
}

/** What a request for a change is judged by. */
export interface ChangeRules extends ReasonRules {
  /** When the request is read, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The fields below, in any body that asks for a change. */
export const reasons = {
  reason: z.nullish(
    z
      .string('must be a string')
      .check(
        z.maxLength(LIMITS.reasonCharacters, `must have at most ${LIMITS.reasonCharacters} characters`),
        z.refine(isLine, { error: ({ input }) => whyNoLine(String(input)) }),
      ),
  ),
  reason_code: z.optional(z.unknown()),
};

interface Given {
  readonly reason?: string | null | undefined;
  readonly reason_code?: unknown;
}

/**
 * `reason` and `reason_code`. Either may be left out, or null, unless this deployment requires it. A reason in which nothing can
 * be seen is none.
 */
export function readReasons(body: Given, { reasonCodes, requireReason }: ReasonRules): Reasons {
  const reason = body.reason && asSeen(body.reason) !== '' ? body.reason : undefined;
  const given = body.reason_code ?? undefined;
  const reasonCode = reasonCodes.find((code) => code === given);
  const codes = `one of ${reasonCodes.join(', ')}`;
  if (given !== undefined && reasonCode === undefined) throw new InvalidRequestError(`reason_code: must be ${codes}`);
  if (requireReason === 'code' && reasonCode === undefined) throw isRequired('reason_code', codes);
  if (requireReason === 'text' && reason === undefined)
    throw isRequired('reason', `say why, in at most ${LIMITS.reasonCharacters} characters`);
  return { reason, reasonCode };
}

function isRequired(field: string, expected: string): InvalidRequestError {
  return new InvalidRequestError(`${field}: is required on this deployment; ${expected}`);
}
