import type { Identity } from '../../lambdas/core/blocklist/identity.ts';
import type { Action, Failure, GraphNames, UserOutcome } from '../../lambdas/core/blocklist/outcome.ts';
import { GraphError, type GraphErrorFields } from '../../lambdas/core/errors.ts';
import type { Credentials, Graph, GraphCall, GraphPage, TokenSource } from '../../lambdas/core/ports.ts';

/** Graph as core sees it: everyone can be blocked, unless a test says otherwise. */
export class FakeGraph implements Graph {
  readonly calls: { action: Action; ids: string[]; token: string; version: string | undefined }[] = [];
  readonly blocked = new Set<string>();
  /** Answers of a user, used up one by one; then the user succeeds. */
  readonly failures = new Map<string, Failure[]>();
  readonly names = new Map<string, GraphNames>();
  /** Refusals of the next requests, one each. */
  readonly refusals: GraphError[] = [];
  /** Runs in the middle of the next call, once. */
  meanwhile: (() => Promise<void>) | undefined;

  refuse(...fields: GraphErrorFields[]): void {
    this.refusals.push(...fields.map((one) => new GraphError(one)));
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
    return identities.map((identity) => {
      const failure = this.failures.get(identity.id)?.shift();
      const names = this.names.get(identity.id) ?? (identity.kind === 'phone' ? { waId: identity.id } : {});
      if (failure) return { identity, failure };
      const user = names.waId ?? identity.id;
      if (action === 'block') this.blocked.add(user);
      else this.blocked.delete(user);
      return { identity, ...names };
    });
  }

  async listUsers(): Promise<GraphPage> {
    return { users: [...this.blocked].map((waId) => ({ waId })) };
  }
}

/** One token for every number; `replace` is what an operator does. */
export class FakeTokens implements TokenSource {
  current: Credentials = { token: 'token-1', provider: 'meta', batchLimit: 1000 };

  replace(token: string): void {
    this.current = { ...this.current, token };
  }

  async credentials(): Promise<Credentials> {
    return this.current;
  }

  async renewed(_phoneNumberId: string, refused: Credentials): Promise<Credentials | undefined> {
    return this.current.token === refused.token ? undefined : this.current;
  }
}

export const phone = (id: string): Identity => ({ kind: 'phone', id });
