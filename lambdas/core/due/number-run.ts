import { allEnded } from '../all-ended.ts';
import { type ChangeUsersDeps, changeUsers } from '../blocklist/change-users.ts';
import { parseIdentity } from '../blocklist/identity.ts';
import { type MirrorUser, mirrorUser, SERVICE_ACTOR } from '../blocklist/mirror.ts';
import type { UserOutcome } from '../blocklist/outcome.ts';
import { type Due, isDue } from '../blocklist/pass.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import type { Credentials } from '../ports.ts';
import { endOverdueDeferrals } from './end-deferrals.ts';

export interface NumberRunDeps extends ChangeUsersDeps {
  readonly store: BlocklistStore;
  /** Calls to Graph for one number at the same time. */
  readonly concurrency: number;
  /** Days after which a deferred block is given up. */
  readonly deferDays: number;
}

/** What became of the users of one number. */
export interface NumberRunEnd {
  readonly succeeded: number;
  readonly failed: number;
  readonly deferred: number;
  readonly left: number;
}

const ACTIONS = { expiry: 'unblock', deferral: 'block' } as const;
const SOURCES = { expiry: 'expiry', deferral: 'deferred' } as const;

/** One number: batches side by side, until nobody is left, or Graph refuses, or the time is over. */
export class NumberRun {
  readonly #deps: NumberRunDeps;
  readonly #due: Due;
  readonly #phoneNumberId: string;
  readonly #open: string[];
  readonly #deadlineMs: number;
  readonly #sum = { succeeded: 0, failed: 0, deferred: 0 };

  constructor(deps: NumberRunDeps, due: Due, phoneNumberId: string, ids: readonly string[], deadlineMs: number) {
    this.#deps = deps;
    this.#due = due;
    this.#phoneNumberId = phoneNumberId;
    this.#open = [...ids];
    this.#deadlineMs = deadlineMs;
  }

  async run(): Promise<NumberRunEnd> {
    const credentials = await this.#deps.tokens.credentials(this.#phoneNumberId);
    const work = async () => {
      while (this.#open.length > 0 && this.#deps.clock.now() < this.#deadlineMs) await this.#next(credentials);
    };
    const workers = Math.min(this.#deps.concurrency, Math.ceil(this.#open.length / credentials.batchLimit));
    await allEnded(Array.from({ length: workers }, work));
    return { ...this.#sum, left: this.#open.length };
  }

  async #next(credentials: Credentials): Promise<void> {
    const ids = this.#open.splice(0, credentials.batchLimit);
    try {
      for (const { failure, deferral } of await this.#change(credentials, ids)) {
        this.#sum[failure ? 'failed' : deferral ? 'deferred' : 'succeeded'] += 1;
      }
    } catch (error) {
      // Nobody else of this number is worth a call in this run.
      this.#open.length = 0;
      throw error;
    }
  }

  async #change(credentials: Credentials, ids: readonly string[]): Promise<UserOutcome[]> {
    const { store, clock } = this.#deps;
    const now = new Date(clock.now()).toISOString();
    // Consistent: the index is behind the table, and who was seen to a moment ago must not cost a call.
    const stored = await store.getUsers(this.#phoneNumberId, ids, true);
    const users = [...stored.values()]
      .flatMap((one) => mirrorUser(one) ?? [])
      .filter((user) => isDue(user, this.#due, now));
    const waiting =
      this.#due === 'deferral' ? await endOverdueDeferrals(this.#deps, this.#phoneNumberId, users, now) : users;
    return changeUsers(this.#deps, {
      action: ACTIONS[this.#due],
      source: SOURCES[this.#due],
      due: this.#due,
      defer: this.#due === 'deferral',
      actor: SERVICE_ACTOR,
      phoneNumberId: this.#phoneNumberId,
      credentials,
      identities: waiting.flatMap((user) => identityOf(user) ?? []),
    });
  }
}

/** As Graph is to be sent it: the `wa_id` or the BSUID, by which an answer leads back to the same item. */
export function identityOf({ user }: MirrorUser) {
  return parseIdentity(user);
}
