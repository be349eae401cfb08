import { type CallPolicy, callGraph } from '../call-graph.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import { type CheckedToken, tokenEvent } from '../events/token-events.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Clock, Credentials, Graph, HeldToken, Metrics, TokenCall, TokenSource } from '../ports/services.ts';
import { reasonOf } from '../refusal-reasons.ts';
import {
  daysLeft,
  forOperators,
  judgeToken,
  problemsOf,
  type TokenFinding,
  TokenProblemError,
  type TokenState,
  tokenName,
} from './token-findings.ts';

export interface CheckTokensDeps {
  readonly graph: Pick<Graph, 'inspectToken' | 'listUsers'>;
  readonly tokens: Pick<TokenSource, 'all' | 'renewed'>;
  readonly store: Pick<BlocklistStore, 'addEvents' | 'listNumbers'>;
  readonly clock: Clock;
  readonly newId: (now: number) => string;
  readonly metrics: Metrics;
  /** Its budget is for the whole check: all tokens are checked at the same time. */
  readonly policy: CallPolicy;
  /** Days before its expiry from which on a token needs attention. */
  readonly warningDays: number;
}

export interface TokenReport {
  readonly tokens: readonly TokenFinding[];
  /** ISO 8601: when the first of them expires; absent if none is known to expire. */
  readonly soonestEnd?: string | undefined;
  /** No token was put in since the first deploy, so nothing can be wrong yet. */
  readonly awaitsToken?: true;
}

interface Check extends CheckTokensDeps {
  readonly deadlineMs: number;
  /** Numbers with an entry in the secret. Every other number uses the default token. */
  readonly named: ReadonlySet<string>;
}

const NUMBERS_PER_PAGE = 100;

/**
 * Asks Graph about every token of the secret. Throws one `TokenProblemError` that lists every token that does not work,
 * expires within the warning days, could not be checked, or is gone. Others are told of the first two. Nothing of it has a token.
 */
export async function checkTokens(deps: CheckTokensDeps): Promise<TokenReport> {
  const checked = await findAll(deps);
  const tokens = checked.map(({ found }) => found);
  if (tokens.length === 0) return awaitToken(deps);
  for (const days of daysLeft(tokens, deps.clock.now())) deps.metrics.put('TokenDaysLeft', days);
  await deps.store.addEvents(checked.flatMap((one) => tokenEvent(deps, one) ?? []));
  const problems = problemsOf(tokens);
  if (problems.length > 0) {
    const count = `${problems.length} of ${tokens.length}`;
    throw new TokenProblemError(`Access tokens that need attention: ${count}. ${problems.join(' ')}`);
  }
  const ends = tokens.flatMap((found) => (found.state === 'works' && found.endsAt !== undefined ? [found.endsAt] : []));
  return { tokens, soonestEnd: ends.sort()[0] };
}

async function findAll(deps: CheckTokensDeps): Promise<CheckedToken[]> {
  const deadlineMs = deps.clock.now() + deps.policy.budgetMs;
  try {
    const held = await deps.tokens.all();
    const check = { ...deps, deadlineMs, named: new Set(held.flatMap(({ phoneNumberIds }) => phoneNumberIds)) };
    return await Promise.all(
      held.map(async (token) => {
        const state = await checkToken(check, token, token.credentials);
        return { held: token, found: { token: tokenName(token), ...state } };
      }),
    );
  } catch (error) {
    if (error instanceof TokenMissingError) throw new TokenProblemError(forOperators(error));
    throw error;
  }
}

/** A number is registered after Graph has accepted a call for it. So there was a token, and the secret was reset since. */
async function awaitToken({ store }: CheckTokensDeps): Promise<TokenReport> {
  const [inUse] = await store.listNumbers({ limit: 1 });
  if (inUse === undefined) return { tokens: [], awaitsToken: true };
  throw new TokenProblemError(
    'Numbers are in use, but the token secret is as the first deploy left it: it has no token.',
  );
}

async function checkToken(check: Check, token: HeldToken, credentials: Credentials | undefined): Promise<TokenState> {
  if (!credentials) return { state: 'does_not_work', reason: 'its entry in the secret is empty' };
  try {
    const info = await inspect(check, { phoneNumberId: token.phoneNumberIds[0], credentials });
    return judgeToken(info, { nowMs: check.clock.now(), warningDays: check.warningDays });
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    // Graph accepted the token, but only the owners of the app may ask about it. Whether it works shows in its use.
    if (error.kind === 'permanent' || error.kind === 'permission') return tryList(check, token, credentials);
    return tokenFailure(error, error.kind === 'token');
  }
}

/** A token that is no longer valid counts as refused, so that one that was just replaced is tried. */
function inspect(check: Check, target: Omit<TokenCall, 'timeoutMs'> & { phoneNumberId: string | undefined }) {
  return callGraph(inTime(check), target, async (call) => {
    const info = await check.graph.inspectToken(call);
    if (info.valid) return info;
    const { code = GRAPH_CODE.accessTokenInvalid, subcode, message = 'it is not valid' } = info.refusal ?? {};
    throw new GraphError({ kind: 'token', code, subcode, message });
  });
}

/** For a token whose expiry is unknown: whether it can read the list of a number that uses it. */
async function tryList(check: Check, token: HeldToken, credentials: Credentials): Promise<TokenState> {
  const phoneNumberId = token.phoneNumberIds[0] ?? (await aNumberOfTheDefault(check));
  if (phoneNumberId === undefined) return { state: 'unused' };
  try {
    await callGraph(inTime(check), { phoneNumberId, credentials }, (call) => check.graph.listUsers(call, { limit: 1 }));
    return { state: 'works' };
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    // Graph returned the list, whatever its layout. A list that cannot be read has an alarm of its own.
    if (error.kind === 'unreadable') return { state: 'works' };
    return tokenFailure(error, error.kind === 'token' || error.kind === 'permission' || error.kind === 'permanent');
  }
}

async function aNumberOfTheDefault({ store, named }: Check): Promise<string | undefined> {
  for (let after: string | undefined; ; ) {
    const numbers = await store.listNumbers({ limit: NUMBERS_PER_PAGE, after });
    const found = numbers.find((number) => !named.has(number));
    if (found !== undefined || numbers.length === 0) return found;
    after = numbers.at(-1);
  }
}

/** The check, whose calls have the time that is left of it. */
function inTime(check: Check): Check {
  return { ...check, policy: { ...check.policy, budgetMs: check.deadlineMs - check.clock.now() } };
}

function tokenFailure(error: GraphError, isRefusal: boolean): TokenState {
  const { code, subcode } = error;
  const reason = `${reasonOf(error)} (code ${code}${subcode === undefined ? '' : `, subcode ${subcode}`})`;
  return { state: isRefusal ? 'does_not_work' : 'not_checked', reason };
}
