import type { Clock } from '../ports/services.ts';
import type { UserStore } from '../ports/user-store.ts';

type Ids = Awaited<ReturnType<UserStore['listProtectedIds']>>;

/**
 * How long a container uses the list that it read. A user who becomes protected is safe on every number after this time and
 * that of a request in progress, together less than a minute.
 */
const PROTECTED_CACHE_MS = 20_000;

/** The ids of all protected users, read only now and then, so that protection costs no read for each user or request. */
export class ProtectedIds {
  readonly #store: Pick<UserStore, 'listProtectedIds'>;
  readonly #clock: Pick<Clock, 'now'>;
  #cached: { readonly ids: Ids; readonly until: number } | undefined;

  constructor(store: Pick<UserStore, 'listProtectedIds'>, clock: Pick<Clock, 'now'>) {
    this.#store = store;
    this.#clock = clock;
  }

  /** By id: the protected user. If the list cannot be read, this fails, and whoever asks must not block anybody. */
  async get(): Promise<Ids> {
    const now = this.#clock.now();
    if (this.#cached && this.#cached.until > now) return this.#cached.ids;
    const ids = await this.#store.listProtectedIds();
    this.#cached = { ids, until: now + PROTECTED_CACHE_MS };
    return ids;
  }

  /** The next reader reads the list again. */
  forget(): void {
    this.#cached = undefined;
  }
}
