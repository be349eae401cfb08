import { failRest, failureOf } from '../../core/changes/fail-rest.ts';
import { type Failure, failAll, type UserOutcome } from '../../core/changes/outcome.ts';
import { GraphError } from '../../core/errors.ts';
import { GRAPH_CODE, SUBCODE_NO_SUCH_OBJECT } from '../../core/graph-codes.ts';
import type { ProviderName } from '../../core/ports/services.ts';
import type { Identity } from '../../core/users/identity.ts';
import { outOfTime } from './graph-errors.ts';
import { DIALECTS } from './providers.ts';

export interface SendOptions {
  readonly identities: readonly Identity[];
  /** For all calls together. */
  readonly timeoutMs: number;
  /** One call: one outcome for each of these users, in their order, or a `GraphError` where they are refused whole. */
  readonly send: (users: readonly Identity[], timeoutMs: number) => Promise<UserOutcome[]>;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * To find one bad number among n takes 1 + 2 log2 n calls at most, 19 for 500 users, and the good ones sent on the way are
 * done; several need less than as many times that, since they share the first halves. This many are enough for three,
 * wherever they stand, and mostly for four.
 */
const MOST_CALLS = 56;
/** Where this part of the users is done by then, it is worth going on: a few times more, and all are. */
const WORTH_GOING_ON = 1 / 4;
/** A further call with less time than this would mostly be cut off, and perhaps be carried out unheard. */
const SHORTEST_CALL_MS = 500;

/**
 * One outcome for every user, in their order, whatever else their provider makes of one that it does not take: users whom
 * it cannot know are not sent, and one bad number fails alone.
 */
export async function sendUsers(provider: ProviderName, options: SendOptions): Promise<UserOutcome[]> {
  const { identities, timeoutMs, send } = options;
  const taken = identities.filter(({ kind }) => kind === 'phone' || DIALECTS[provider].takesBsuids);
  const outcomes = DIALECTS[provider].refusesWholeForOne
    ? await isolate({ ...options, identities: taken })
    : await send(taken, timeoutMs);
  const byId = new Map(outcomes.map((outcome) => [outcome.identity.id, outcome]));
  return identities.map((identity) => byId.get(identity.id) ?? { identity, failure: notSent(provider) });
}

/** Users who are to be sent together. */
interface Part {
  readonly users: readonly Identity[];
  /** The other half of what was refused: once one of them went through, the other holds a bad number. */
  twin?: Part;
  holdsBad?: boolean;
}

/**
 * Sends users to a provider that refuses a whole request for one bad number in it (100), and finds that number: what was
 * refused is halved until a user is refused alone, who then failed, and nobody else with them. The widest part comes first,
 * so that most of the good ones are done early, wherever the bad ones stand. Whoever has an outcome keeps it, whatever comes
 * later: another error, or the end of the time, is then a failure of those that are left. Throws a `GraphError` only where
 * nobody has an outcome.
 */
async function isolate({
  identities,
  timeoutMs,
  send,
  now = () => performance.now(),
}: SendOptions): Promise<UserOutcome[]> {
  const deadline = now() + timeoutMs;
  const outcomes: UserOutcome[] = [];
  const open: Part[] = identities.length === 0 ? [] : [{ users: identities }];
  let refusal: GraphError | undefined;
  let calls = 0;
  // Halves go to the end, so the widest come first.
  for (let part = open.shift(); part !== undefined; part = open.shift()) {
    if (part.holdsBad && part.users.length > 1) {
      open.push(...halvesOf(part));
      continue;
    }
    const rest = [part, ...open].flatMap(({ users }) => users);
    if (refusal && calls === MOST_CALLS) {
      const failure = notTried(refusal, outcomes.length, identities.length);
      return [...outcomes, ...failAll(rest, failure)];
    }
    const leftMs = deadline - now();
    try {
      if (calls > 0 && leftMs < SHORTEST_CALL_MS) throw outOfTime();
      calls += 1;
      outcomes.push(...(await send(part.users, leftMs)));
      if (part.twin) part.twin.holdsBad = true;
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      if (!isForOne(error)) {
        if (outcomes.length === 0) throw error;
        return [...outcomes, ...failRest(rest, part.users.length, error)];
      }
      refusal = error;
      if (part.users.length === 1) outcomes.push(...failAll(part.users, failureOf(error)));
      else open.push(...halvesOf(part));
    }
  }
  return outcomes;
}

function halvesOf({ users }: Part): [Part, Part] {
  const middle = Math.ceil(users.length / 2);
  const [first, second]: [Part, Part] = [{ users: users.slice(0, middle) }, { users: users.slice(middle) }];
  first.twin = second;
  second.twin = first;
  return [first, second];
}

function notSent(provider: ProviderName): Failure {
  return {
    code: GRAPH_CODE.invalidParameter,
    message: `(#${GRAPH_CODE.invalidParameter}) ${provider} accepts phone numbers only`,
    details: 'This provider does not support business-scoped user ids; use the phone number',
  };
}

/** Whether a whole request may have been refused for one number in it. Subcode 33 is about the sender. */
function isForOne({ kind, code, subcode }: GraphError): boolean {
  return kind === 'permanent' && code === GRAPH_CODE.invalidParameter && subcode !== SUBCODE_NO_SUCH_OBJECT;
}

/**
 * Of the users whom no call was left for. Where most numbers are good they get a code that has them sent again; a list of
 * numbers without their country, say, must not be asked about one by one.
 */
function notTried(refusal: GraphError, done: number, users: number): Failure {
  if (done < users * WORTH_GOING_ON) {
    const details =
      'Refused in one request with others, too many of which the provider does not accept; not tried alone';
    return { ...failureOf(refusal), details };
  }
  return {
    code: GRAPH_CODE.internal,
    message: `(#${GRAPH_CODE.internal}) Not sent yet`,
    details:
      'The provider refuses a whole request because of one bad number, and there were several; this user can be sent again',
    fbtraceId: refusal.fbtraceId,
  };
}
