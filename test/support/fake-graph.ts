import type { Action, Failure, GraphNames, UserOutcome } from '../../lambdas/core/changes/outcome.ts';
import { GraphError, type GraphErrorFields } from '../../lambdas/core/errors.ts';
import type {
  Credentials,
  Graph,
  GraphCall,
  GraphPage,
  HeldToken,
  ListedUser,
  TokenInfo,
  TokenSource,
} from '../../lambdas/core/ports/services.ts';
import type { Identity } from '../../lambdas/core/users/identity.ts';

/** How a listing says that there is no more: the last page is empty, names no cursor, or names the one it was asked by. */
export type EndOfList = 'empty' | 'no-after' | 'repeats';

/** Graph as core sees it: everyone can be blocked, unless a test says otherwise. */
export class FakeGraph implements Graph {
  readonly calls: { action: Action; ids: string[]; token: string; version: string | undefined }[] = [];
  /** Changed by calls, and by `blockElsewhere` and `unblockElsewhere`: each change ends the scans that are in progress. */
  readonly blocked = new Set<string>();
  /** Ids by which the list names a user; by default the one in `blocked`, as a `wa_id` if it is digits. */
  readonly listedAs = new Map<string, ListedUser>();
  /** Every page that was asked for. */
  readonly listings: { phoneNumberId: string; after: string | undefined; token: string }[] = [];
  /** Refusals of the next pages, one each; `undefined` is a page that is given. */
  readonly listRefusals: (GraphError | undefined)[] = [];
  /** Runs before a page is given, with how many were asked for before it. */
  beforePage: ((pages: number) => void | Promise<void>) | undefined;
  /** Runs when a page was read and is on its way. */
  afterPage: (() => void | Promise<void>) | undefined;
  pageSize = 1000;
  endOfList: EndOfList = 'empty';
  #version = 1;
  /** Answers of a user, used up one by one; then the user succeeds. */
  readonly failures = new Map<string, Failure[]>();
  /** Users who are changed although the answer says that they failed. */
  readonly changedAnyway = new Set<string>();
  readonly names = new Map<string, GraphNames>();
  /** Whether the refusal of a user names them too. */
  namesRefused = false;
  /** Users in one request; more are refused with 130429, as too many requests are. */
  mostUsers = Number.POSITIVE_INFINITY;
  /** Refusals of the next requests, one each; `undefined` is one that is taken. */
  readonly refusals: (GraphError | undefined)[] = [];
  /** Runs in the middle of the next call, once. */
  meanwhile: (() => Promise<void>) | undefined;

  refuse(...fields: (GraphErrorFields | undefined)[]): void {
    this.refusals.push(...fields.map((one) => one && new GraphError(one)));
  }

  async changeUsers(call: GraphCall, action: Action, identities: readonly Identity[]): Promise<UserOutcome[]> {
    this.calls.push({
      action,
      ids: identities.map(({ id }) => id),
      token: call.credentials.token,
      version: call.version,
    });
    const { meanwhile } = this;
    this.meanwhile = undefined;
    await meanwhile?.();
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    if (identities.length > this.mostUsers) throw new GraphError(RATE_LIMIT_HIT);
    return this.apply(action, identities);
  }

  /** What a call does: also one whose answer is lost. */
  apply(action: Action, identities: readonly Identity[]): UserOutcome[] {
    this.#version += 1;
    return identities.map((identity) => {
      const failure = this.failures.get(identity.id)?.shift();
      const isChanged = failure === undefined || this.changedAnyway.has(identity.id);
      const names = this.names.get(identity.id) ?? (identity.kind === 'phone' ? { waId: identity.id } : {});
      const user = names.waId ?? identity.id;
      if (isChanged && action === 'block') this.blocked.add(user);
      else if (isChanged) this.blocked.delete(user);
      return failure ? { identity, failure, ...(this.namesRefused ? names : {}) } : { identity, ...names };
    });
  }

  async inspectToken(): Promise<TokenInfo> {
    return { valid: true };
  }

  /** Somebody else's doing. */
  blockElsewhere(...ids: readonly string[]): void {
    this.#version += 1;
    for (const id of ids) this.blocked.add(id);
  }

  unblockElsewhere(...ids: readonly string[]): void {
    this.#version += 1;
    for (const id of ids) this.blocked.delete(id);
  }

  refuseListing(...fields: (GraphErrorFields | undefined)[]): void {
    this.listRefusals.push(...fields.map((one) => one && new GraphError(one)));
  }

  /** Cursors hold an offset and the version of the list, and are refused after any change. */
  async listUsers(
    call: GraphCall,
    page: { limit: number; after?: string | undefined; before?: string | undefined },
  ): Promise<GraphPage> {
    const { phoneNumberId, credentials } = call;
    this.listings.push({ phoneNumberId, after: page.after, token: credentials.token });
    await this.beforePage?.(this.listings.length - 1);
    const refusal = this.listRefusals.shift();
    if (refusal) throw refusal;
    const given = this.#page(page);
    await this.afterPage?.();
    return given;
  }

  #page({ limit, after }: { limit: number; after?: string | undefined }): GraphPage {
    const [offset = 0, version = this.#version] = after?.split(':').map(Number) ?? [];
    if (version !== this.#version) throw new GraphError(LIST_CHANGED);
    const end = offset + Math.min(limit, this.pageSize);
    const users = [...this.blocked].slice(offset, end).map((id) => this.listedAs.get(id) ?? namesOf(id));
    const isLast = end >= this.blocked.size;
    if (isLast && this.endOfList === 'no-after') return { users };
    if (isLast && this.endOfList === 'repeats') return { users, after: after ?? `${offset}:${version}` };
    return users.length === 0 ? { users } : { users, after: `${end}:${version}` };
  }
}

const RATE_LIMIT_HIT: GraphErrorFields = { kind: 'rate_limited', code: 130429, message: '(#130429) Rate limit hit' };
const LIST_CHANGED: GraphErrorFields = { kind: 'list_changed', code: 139102, message: 'The list changed' };

const namesOf = (id: string): ListedUser => (/^\d+$/.test(id) ? { waId: id } : { userId: id });

/** One token for every number; `replace` is what an operator does. */
export class FakeTokens implements TokenSource {
  current: Credentials = { token: 'token-1', provider: 'meta', batchLimit: 1000 };

  replace(token: string): void {
    this.current = { ...this.current, token };
  }

  async credentials(): Promise<Credentials> {
    return this.current;
  }

  async renewed(_phoneNumberId: string | undefined, refused: Credentials): Promise<Credentials | undefined> {
    return this.current.token === refused.token ? undefined : this.current;
  }

  async all(): Promise<HeldToken[]> {
    return [{ credentials: this.current, phoneNumberIds: [], isDefault: true }];
  }
}

export const phone = (id: string): Identity => ({ kind: 'phone', id });
