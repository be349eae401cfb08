import type { Action, Failure, UserOutcome } from '../../core/changes/outcome.ts';
import { GRAPH_CODE, isKnownCode, kindOf } from '../../core/graph-codes.ts';
import type { Identity } from '../../core/users/identity.ts';
import { parseIdentity } from '../../core/users/identity.ts';
import { type AnsweredUser, type ChangeAnswer, codeOf, errorDetails } from './answer-schemas.ts';
import { graphNames } from './names.ts';

/** Graph answered, and said nothing of this user: an outcome too, and one that a repeat may mend. It may have changed them. */
const FORGOTTEN: Failure = {
  code: GRAPH_CODE.internal,
  message: `(#${GRAPH_CODE.internal}) Internal error`,
  details: 'Graph gave no result for this user',
  maybeApplied: true,
};

/**
 * Being where one was asked to be is a success, however a provider words it, unless its code says something else: of a list
 * that is full, "you have already blocked 64000 users" is none.
 */
const ALREADY: Readonly<Record<Action, RegExp>> = {
  block: /already\s+(been\s+)?blocked|already\s+[io]n\s+(the\s+)?block\s?list/i,
  unblock: /(not|n't)\s+(currently\s+)?blocked|not\s+[io]n\s+(the\s+)?block\s?list|already\s+(been\s+)?unblocked/i,
};

/** Whether an answer holds results of users, whatever its HTTP status and whatever error stands beside them. */
export function hasResults(answer: ChangeAnswer): boolean {
  const results = answer.block_users;
  if (!results) return false;
  const listed = [results.added_users, results.removed_users, results.failed_users, results.errors];
  return !answer.error || listed.some((list) => (list?.length ?? 0) > 0);
}

/** One outcome for each identity, in their order, matched by the `input` that Graph echoes. */
export function toOutcomes(answer: ChangeAnswer, action: Action, identities: readonly Identity[]): UserOutcome[] {
  const results = answer.block_users;
  const said = new Map<string, Omit<UserOutcome, 'identity'>>();
  const done: AnsweredUser[] = [];
  for (const user of [...(results?.failed_users ?? []), ...(results?.errors ?? [])]) {
    const { code, failure } = answeredFailure(user, answer);
    const mayMeanIt = code === undefined || code === GRAPH_CODE.invalidParameter || !isKnownCode(code);
    const already = mayMeanIt && ALREADY[action].test(`${failure.message} ${failure.details ?? ''}`);
    // Of a user who is named twice, a refusal stands.
    if (already) done.push(user);
    else remember(said, user, failure);
  }
  for (const user of done) if (!isSaid(said, user)) remember(said, user, undefined);
  for (const user of [...(results?.added_users ?? []), ...(results?.removed_users ?? [])]) {
    // Among the successes, and with an error: nobody knows.
    const { failure } = answeredFailure(user, answer);
    remember(said, user, user.errors?.length ? { ...failure, maybeApplied: true } : undefined);
  }
  return identities.map((identity) => ({ identity, ...(said.get(identity.id) ?? { failure: unsaid(answer) }) }));
}

function isSaid(said: ReadonlyMap<string, unknown>, user: AnsweredUser): boolean {
  const { waId, userId } = graphNames(user.wa_id, user.user_id) ?? {};
  return said.has(inputKey(user.input ?? user.user ?? userId ?? waId) ?? '');
}

function remember(
  said: Map<string, Omit<UserOutcome, 'identity'>>,
  user: AnsweredUser,
  failure: Failure | undefined,
): void {
  // Names that cannot be read are none: the user goes by what was sent.
  const { waId, userId } = graphNames(user.wa_id, user.user_id) ?? {};
  const key = inputKey(user.input ?? user.user ?? userId ?? waId);
  if (key !== undefined) said.set(key, { waId, userId, failure });
}

/** `input` echoes what was sent; its spelling is compared as a user, so that a lost `+` loses nobody. */
function inputKey(input: string | undefined): string | undefined {
  if (input === undefined) return undefined;
  // E.164 is as we sent it, to the digit: nothing is to be read into it.
  const echoed = /^\+\d+$/.test(input) ? input.slice(1) : input;
  return parseIdentity(echoed)?.id ?? input;
}

/** With the code as it was given, if one was. */
function answeredFailure(user: AnsweredUser, answer: ChangeAnswer): { code: number | undefined; failure: Failure } {
  const nested = user.errors?.[0] ?? user.error?.[0];
  const message = nested?.message ?? user.message;
  const details = errorDetails(nested?.error_data ?? user.error_data);
  const given = codeOf({ code: nested?.code ?? user.code, message, error_data: details });
  const code = given ?? GRAPH_CODE.internal;
  const failure = {
    code,
    message: message ?? details ?? FORGOTTEN.message,
    details,
    ...doubt(code),
    fbtraceId: answer.error?.fbtrace_id ?? undefined,
  };
  return { code: given, failure };
}

/** An answer with results and an error other than "some failed" refuses everyone whom it does not name. */
function unsaid({ error }: ChangeAnswer): Failure {
  const fbtraceId = error?.fbtrace_id ?? undefined;
  if (error?.code === undefined || error.code === GRAPH_CODE.someUsersFailed) return { ...FORGOTTEN, fbtraceId };
  return {
    code: error.code,
    message: error.message ?? `(#${error.code})`,
    details: errorDetails(error.error_data),
    fbtraceId,
    ...doubt(error.code),
  };
}

/** A fault of Graph's is no refusal: it may have come to it when the change was made. */
function doubt(code: number): Pick<Failure, 'maybeApplied'> {
  return kindOf(code) === 'transient' ? { maybeApplied: true } : {};
}
