import { type Counts, countsOf } from '../blocklist/counts.ts';
import { digestOf } from '../blocklist/digest.ts';
import type { MirrorUser } from '../blocklist/mirror.ts';

/** Counts users as they were last seen. */
export class Tally {
  readonly #blocked = new Set<string>();
  readonly #expiring = new Set<string>();
  readonly #deferred = new Set<string>();

  see(user: string, as: Pick<MirrorUser, 'user' | 'state' | 'expiresAt'> | undefined): void {
    const { size, expiring, deferred } = countsOf(as);
    for (const [set, counts] of [
      [this.#blocked, size],
      [this.#expiring, expiring],
      [this.#deferred, deferred],
    ] as const) {
      if (counts > 0) set.add(user);
      else set.delete(user);
    }
  }

  counts(): Counts {
    return {
      size: this.#blocked.size,
      expiring: this.#expiring.size,
      deferred: this.#deferred.size,
      digest: digestOf(this.#blocked),
    };
  }
}
