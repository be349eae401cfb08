import { PROVIDERS, type ProviderName } from '../../contract/providers.ts';
import { failRest, failureOf } from '../../core/changes/fail-rest.ts';
import { type Failure, failAll, type UserOutcome } from '../../core/changes/outcome.ts';
import { GraphError } from '../../core/errors.ts';
import { GRAPH_CODE, SUBCODE_NO_SUCH_OBJECT } from '../../core/graph-codes.ts';
import type { Identity } from '../../core/users/identity.ts';
import { outOfTime } from './graph-errors.ts';

export interface SendOptions {
  readonly identities: readonly Identity[];
  /** The time for all calls together. */
  readonly timeoutMs: number;
  /** One call. Gives one outcome for each of these users, in their order, or throws a `GraphError` if all are refused. */
  readonly send: (users: readonly Identity[], timeoutMs: number) => Promise<UserOutcome[]>;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/**
 * To find one bad number among n takes at most 1 + 2 log2 n calls, 19 for 500 users, and the good numbers sent on the way are
 * done. Several bad numbers take less than that many times as much, since they share the first halves. This limit is enough
 * for three, wherever they are, and mostly for four.
 */
const MOST_CALLS = 56;
/** If this part of the users is done by then, it is worth continuing: a few more rounds finish all of them. */
const WORTH_GOING_ON = 1 / 4;
/** With less time than this, another call would mostly be cut off, and perhaps be carried out unnoticed. */
const SHORTEST_CALL_MS = 500;

/**
 * One outcome for every user, in their order, even if the provider refuses others because of one user. Users that it cannot
 * know are not sent, and one bad number fails alone.
 */
export async function sendUsers(provider: ProviderName, options: SendOptions): Promise<UserOutcome[]> {
  const { identities, timeoutMs, send } = options;
  const taken = identities.filter(({ kind }) => kind === 'phone' || PROVIDERS[provider].takesBsuids);
  const outcomes = PROVIDERS[provider].refusesWholeForOne
    ? await isolate({ ...options, identities: taken })
    : await send(taken, timeoutMs);
  const byId = new Map(outcomes.map((outcome) => [outcome.identity.id, outcome]));
  return identities.map((identity) => byId.get(identity.id) ?? { identity, failure: notSent(provider) });
}

/** Users to be sent together. */
interface Part {
  readonly users: readonly Identity[];
  /** The other half of the refused users. If one half was accepted, the other has a bad number. */
  twin?: Part;
  holdsBad?: boolean;
}

/**
 * Sends users to a provider that refuses a whole request because of one bad number in it (100), and finds that number.
 * Refused users are halved until one is refused alone, who then fails without any other. The widest part comes first, so that
 * most good numbers are done early, wherever the bad ones are. Users with an outcome keep it: a later error, or the end of
 * the time, is a failure of the remaining users. Throws a `GraphError` only if no user has an outcome.
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
  // Halves go to the end of the queue, so the widest come first.
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

/** Whether a whole request may have been refused because of one number in it. Subcode 33 is about the sender. */
function isForOne({ kind, code, subcode }: GraphError): boolean {
  return kind === 'permanent' && code === GRAPH_CODE.invalidParameter && subcode !== SUBCODE_NO_SUCH_OBJECT;
}

/**
 * The failure of users for whom no call was left. If most numbers are good, the code has them sent again. A list of numbers
 * without their country, for example, must not be tried one by one.
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
