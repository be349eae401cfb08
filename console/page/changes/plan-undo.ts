import type { LookedUpUser } from '../../../lambdas/openapi/user.ts';
import type { ReasonRules } from '../service/reasons.ts';

/** Why something is changed. */
export interface Reasons {
  readonly reason?: string | undefined;
  readonly reason_code?: string | undefined;
}

export interface Terms extends Reasons {
  readonly expires_at?: string | undefined;
  readonly expires_in?: number | undefined;
  readonly defer?: true | undefined;
}

/** One request about one number. */
export interface NumberChange {
  readonly action: 'block' | 'unblock';
  readonly number: string;
  readonly users: readonly string[];
  readonly terms: Terms;
}

/** A change that was made, and how its users were before. */
export interface Made {
  readonly change: NumberChange;
  /** Users as they were sent, whose state it changed. */
  readonly changed: readonly string[];
  readonly before: readonly LookedUpUser[];
}

/**
 * The requests that undo a change: for exactly those users who were not so before. Who is blocked again is so for the same reason
 * and until the same time; who cannot be now, because they did not write in the last 24 hours, is as soon as they write.
 */
export function planUndo({ change, changed, before }: Made, rules: ReasonRules, nowMs: number): NumberChange[] {
  const earlier = new Map(before.map((user) => [user.input, user]));
  const { number } = change;
  if (change.action === 'block') {
    const users = changed.filter((user) => !isSet(earlier.get(user)));
    return users.length === 0
      ? []
      : [{ action: 'unblock', number, users, terms: reasonsOfUndo(UNBLOCKS_AGAIN, change.terms, rules) }];
  }
  const byTerms = new Map<string, NumberChange & { users: string[] }>();
  for (const input of changed) {
    const user = earlier.get(input);
    if (user === undefined || !isSet(user)) continue;
    const terms: Terms = { ...reasonsOfUndo(user, change.terms, rules), ...endOf(user, nowMs), defer: true };
    const key = JSON.stringify(terms);
    const call = byTerms.get(key) ?? { action: 'block', number, users: [], terms };
    call.users.push(input);
    byTerms.set(key, call);
  }
  return [...byTerms.values()];
}

function isSet(user: LookedUpUser | undefined): boolean {
  return user?.state === 'blocked' || user?.state === 'deferred';
}

const UNBLOCKS_AGAIN: Reasons = { reason: 'Undoes a block by mistake' };

/**
 * Why something is as before: for the same reason. What the deployment requires, and there was not, is taken from the change
 * that is undone, which has it. A code that was taken out since is not sent: it would be refused.
 */
export function reasonsOfUndo(before: Reasons, undone: Reasons, { codes, required }: ReasonRules): Reasons {
  const code = before.reason_code;
  const isKnown = code !== undefined && (codes === undefined || codes.includes(code));
  return {
    reason: before.reason ?? (required === 'text' ? undone.reason : undefined),
    reason_code: isKnown ? code : required === 'code' ? undone.reason_code : undefined,
  };
}

function endOf({ expires_at }: LookedUpUser, nowMs: number): Pick<Terms, 'expires_at'> {
  const goesOn = expires_at !== undefined && Date.parse(expires_at) > nowMs;
  return { expires_at: goesOn ? expires_at : undefined };
}
