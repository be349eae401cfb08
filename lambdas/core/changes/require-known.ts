import { type CallPolicy, callGraph } from '../call-graph.ts';
import { GraphError, InvalidRequestError, TokenMissingError } from '../errors.ts';
import { SUBCODE_NO_SUCH_OBJECT } from '../graph-codes.ts';
import { inBatches } from '../in-batches.ts';
import { isoNow } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Clock, Credentials, Graph, TokenSource } from '../ports/services.ts';
import { settleAll } from '../settle-all.ts';

export interface RequireKnownDeps {
  readonly store: Pick<BlocklistStore, 'isRegistered' | 'registerNumber'>;
  readonly tokens: Pick<TokenSource, 'credentials' | 'renewed'>;
  readonly graph: Pick<Graph, 'listUsers'>;
  readonly clock: Clock;
}

interface KnownDeps {
  readonly tokens: Pick<TokenSource, 'credentials'>;
}

/** One short try: a caller waits, and the request can go on without an answer. */
const CHECK: CallPolicy = { timeoutMs: 4_000, budgetMs: 4_000, attempts: 1 };

export interface AskedNumber {
  readonly phoneNumberId: string;
  /** The field in which the caller named the number, for the refusal. */
  readonly field: string;
  readonly status: 400 | 404;
}

/**
 * Refuses work that outlives its request if the number belongs to nobody. Then nothing is stored for it, and no alarm rings
 * later.
 *
 * A number is known if it is in use or has a token of its own. Any other number may be a new one under the default token.
 * Graph is asked once, for one user of its list, and from then on the number is in use. The number is refused only if Graph
 * says that it does not exist. If Graph is down, throttles, or refuses the token, the work is accepted, and waits or fails by
 * itself.
 */
export async function requireKnown(deps: RequireKnownDeps, asked: AskedNumber): Promise<void> {
  const { phoneNumberId } = asked;
  const credentials = await refuseUnknown(deps, asked);
  if (!credentials || credentials.isOwn) return;
  try {
    await callGraph({ ...deps, policy: CHECK }, { phoneNumberId, credentials }, (call) =>
      deps.graph.listUsers(call, { limit: 1 }),
    );
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    if (error.subcode !== SUBCODE_NO_SUCH_OBJECT) return;
    throw unknownNumber(asked, `and Graph does not show it to the default token (code ${error.code})`);
  }
  await deps.store.registerNumber(phoneNumberId, isoNow(deps.clock));
}

/**
 * Refuses the number if that takes no call to Graph: it is not in use, and has no token. Gives the credentials of a number that
 * is not in use.
 */
export async function refuseUnknown(
  deps: KnownDeps & { readonly store: Pick<BlocklistStore, 'isRegistered'> },
  asked: AskedNumber,
): Promise<Credentials | undefined> {
  return (await deps.store.isRegistered(asked.phoneNumberId)) ? undefined : knownCredentials(deps, asked);
}

async function knownCredentials({ tokens }: KnownDeps, asked: AskedNumber): Promise<Credentials> {
  try {
    return await tokens.credentials(asked.phoneNumberId);
  } catch (error) {
    if (error instanceof TokenMissingError && error.isRetired) {
      throw new InvalidRequestError(`${asked.field}: ${error.message}`, asked.status);
    }
    // If no number has a token, the service is not set up yet. That is no fault of the request.
    if (!(error instanceof TokenMissingError) || !error.othersHaveOne) throw error;
    throw unknownNumber(asked, 'and there is no default token');
  }
}

function unknownNumber({ phoneNumberId, field, status }: AskedNumber, why: string): InvalidRequestError {
  return new InvalidRequestError(
    `${field}: ${phoneNumberId} is not in use here, no token is set for it, ${why}; check the id, or set a token for it`,
    status,
  );
}

/**
 * How many numbers are checked at once. The first refusal, in order, ends the check, so made-up ids cost Graph only a few
 * calls.
 */
const AT_ONCE = 20;

export async function requireAllKnown(deps: RequireKnownDeps, asked: readonly AskedNumber[]): Promise<void> {
  for (const some of inBatches(asked, AT_ONCE)) await settleAll(some.map((one) => requireKnown(deps, one)));
}
