import { LIMITS } from '../../../lambdas/contract/limits.ts';
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
 * The requests that undo a change: for exactly those users who were not so before. Who is blocked again has the same code and
 * end; who cannot be now, because they did not write in the last 24 hours, is as soon as they write.
 */
export function planUndo({ change, changed, before }: Made, rules: ReasonRules, nowMs: number): NumberChange[] {
  const earlier = new Map(before.map((user) => [user.input, user]));
  const { number } = change;
  if (change.action === 'block') {
    const users = changed.filter((user) => !isSet(earlier.get(user)));
    return users.length === 0
      ? []
      : [
          {
            action: 'unblock',
            number,
            users,
            terms: reasonsOfUndo({ before: {}, undone: change.terms, name: 'a block' }, rules),
          },
        ];
  }
  const byTerms = new Map<string, NumberChange & { users: string[] }>();
  for (const input of changed) {
    const user = earlier.get(input);
    if (user === undefined || !isSet(user)) continue;
    const terms: Terms = {
      ...reasonsOfUndo({ before: user, undone: change.terms, name: 'an unblock' }, rules),
      ...endOf(user, nowMs),
      defer: true,
    };
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

interface Undoing {
  /** Why it was so before the change, if it was. */
  readonly before: Reasons;
  readonly undone: Reasons;
  /** What is undone, with its article. */
  readonly name: 'a block' | 'an unblock' | 'a protection' | 'an end of protection';
}

/**
 * Why something is as before. The note says that it is an undoing and what the note was before, so that nobody seems to have
 * said it a second time. A code stays, unless it was taken out since: it would be refused. If the deployment requires one, and
 * there was none, it is that of the change that is undone.
 */
export function reasonsOfUndo({ before, undone, name }: Undoing, { codes, required }: ReasonRules): Reasons {
  const code = before.reason_code;
  const isKnown = code !== undefined && (codes === undefined || codes.includes(code));
  const is = `Undo of ${name}`;
  const note = before.reason?.replace(/^Undo of [a-z ]+(?:\. Before: |$)/, '') || undefined;
  return {
    reason: note === undefined ? is : cut(`${is}. Before: ${note}`),
    reason_code: isKnown ? code : required === 'code' ? undone.reason_code : undefined,
  };
}

/** No longer than the service takes, without half of a character at its end. */
function cut(text: string): string {
  if (text.length <= LIMITS.reasonCharacters) return text;
  return `${text.slice(0, LIMITS.reasonCharacters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function endOf({ expires_at }: LookedUpUser, nowMs: number): Pick<Terms, 'expires_at'> {
  const goesOn = expires_at !== undefined && Date.parse(expires_at) > nowMs;
  return { expires_at: goesOn ? expires_at : undefined };
}
