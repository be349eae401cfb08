import type { Action, Failure, UserOutcome } from '../../core/changes/outcome.ts';
import { GRAPH_CODE, isKnownCode, kindOf } from '../../core/graph-codes.ts';
import type { Identity } from '../../core/users/identity.ts';
import { parseIdentity } from '../../core/users/identity.ts';
import { type AnsweredUser, type ChangeAnswer, codeOf, errorDetails } from './answer-schemas.ts';
import { graphNames } from './names.ts';

/** Graph answered, but omitted this user. A repeat may help. Graph may have changed the user. */
const FORGOTTEN: Failure = {
  code: GRAPH_CODE.internal,
  message: `(#${GRAPH_CODE.internal}) Internal error`,
  details: 'Graph returned no result for this user',
  maybeApplied: true,
};

/**
 * If a user is already in the requested state, that is a success, however a provider words it, unless its code says something
 * else: on a full list, "you have already blocked 64000 users" is a failure.
 */
const ALREADY: Readonly<Record<Action, RegExp>> = {
  block: /already\s+(been\s+)?blocked|already\s+[io]n\s+(the\s+)?block\s?list/i,
  unblock: /(not|n't)\s+(currently\s+)?blocked|not\s+[io]n\s+(the\s+)?block\s?list|already\s+(been\s+)?unblocked/i,
};

/** Whether an answer has results of users, whatever its HTTP status is and whatever error it also has. */
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
    // If a user is named twice, the refusal counts.
    if (already) done.push(user);
    else remember(said, user, failure);
  }
  for (const user of done) if (!isSaid(said, user)) remember(said, user, undefined);
  for (const user of [...(results?.added_users ?? []), ...(results?.removed_users ?? [])]) {
    // Listed as a success, but with an error: unknown.
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
  // Ids that cannot be read are ignored: the user keeps the id that was sent.
  const { waId, userId } = graphNames(user.wa_id, user.user_id) ?? {};
  const key = inputKey(user.input ?? user.user ?? userId ?? waId);
  if (key !== undefined) said.set(key, { waId, userId, failure });
}

/** `input` echoes what was sent. It is compared as a user, so a lost `+` does not matter. */
function inputKey(input: string | undefined): string | undefined {
  if (input === undefined) return undefined;
  // E.164 is exactly what we sent, and needs no interpretation.
  const echoed = /^\+\d+$/.test(input) ? input.slice(1) : input;
  return parseIdentity(echoed)?.id ?? input;
}

/** With the code of the answer, if it had one. */
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

/** If an answer has results, and an error other than "some failed", that error refuses all users whom the results omit. */
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

/** A fault of Graph is no refusal: it may have happened after the change was made. */
function doubt(code: number): Pick<Failure, 'maybeApplied'> {
  return kindOf(code) === 'transient' ? { maybeApplied: true } : {};
}
