import { DependencyError } from '../../lambdas/core/errors.ts';
import type { BlocklistStore } from '../../lambdas/core/ports/blocklist-store.ts';
import type { EventOutbox } from '../../lambdas/core/ports/event-outbox.ts';
import type { JobStore } from '../../lambdas/core/ports/job-store.ts';
import { InMemoryBlocklistStore, InMemoryJobStore } from '../support/in-memory-store.ts';
import type { Interleaver } from './interleaver.ts';

export interface StoreFaults {
  readonly random: () => number;
  /** Probability of a fault for each call; 0 when the faults have stopped. */
  rate: number;
}

export interface Stores {
  readonly store: BlocklistStore;
  readonly jobs: JobStore;
  readonly outbox: EventOutbox;
}

/** Stores in memory, and how a call of them fails as DynamoDB may, once the SDK's own retries are used up. */
export interface Backing extends Stores {
  readonly call: Through;
}

export function inMemory(faults: StoreFaults): Backing {
  const store = new LaggingBlocklistStore(faults);
  return {
    store,
    jobs: new InMemoryJobStore(store),
    outbox: store.outbox,
    call: faulty(faults),
  };
}

/** The stores as the service sees them: every call is a step of its process. */
export function asSteps({ store, jobs, outbox, call }: Backing, interleaver: Interleaver): Stores {
  const through: Through = (name, args, run) => interleaver.call(() => call(name, args, run));
  return { store: gated(store, through), jobs: gated(jobs, through), outbox: gated(outbox, through) };
}

/** Writes of many items, of which a part may have been made when the call fails. */
const PARTIAL: ReadonlySet<string> = new Set(['putUsers', 'appendEvents', 'putUsersWithEvents']);

function faulty(faults: StoreFaults): Through {
  return async (name, args, run) => {
    if (faults.random() >= faults.rate) return run(args);
    const kind = faults.random();
    const [number, items] = args;
    if (PARTIAL.has(name) && Array.isArray(items) && kind < 0.5) {
      await run([number, items.slice(0, Math.floor(faults.random() * (items.length + 1)))]);
      throw new DependencyError('DynamoDB keeps leaving items unprocessed');
    }
    if (kind < 0.75) throw new DependencyError('DynamoDB is throttled');
    await run(args);
    throw new DependencyError('The answer of DynamoDB was lost');
  };
}

export type Through = (name: string, args: unknown[], run: (args: unknown[]) => Promise<unknown>) => Promise<unknown>;

/** Puts `through` around every method. A method that gives pages is gated once, before its first page. */
function gated<T extends object>(target: T, through: Through): T {
  return new Proxy(target, {
    get(object, name, receiver): unknown {
      const method: unknown = Reflect.get(object, name);
      if (typeof method !== 'function') return method;
      const run = (args: unknown[]): unknown => Reflect.apply(method, object, args);
      // In memory these are two calls, and anything may come between.
      if (name === 'putRecords' && object instanceof InMemoryBlocklistStore) {
        return (...args: unknown[]) => Reflect.apply(method, receiver, args);
      }
      if (name === 'listMirror' || name === 'listScheduledUsers' || name === 'listEvents') {
        return async function* (...args: unknown[]) {
          const pages = await through(name, args, async () => collect(run(args)));
          yield pages;
        };
      }
      return (...args: unknown[]) => through(String(name), args, async (now) => run(now));
    },
  });
}

async function collect(pages: unknown): Promise<unknown[]> {
  const all: unknown[] = [];
  if (isAsyncIterable(pages)) for await (const page of pages) if (Array.isArray(page)) all.push(...page);
  return all;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Reads that are not asked to be consistent may see an item as it was before its last write. */
class LaggingBlocklistStore extends InMemoryBlocklistStore {
  readonly #faults: StoreFaults;
  readonly #before = new Map<string, ReturnType<typeof this.users.get>>();

  constructor(faults: StoreFaults) {
    super();
    this.#faults = faults;
  }

  override async getUsers(phoneNumberId: string, ids: readonly string[], consistent = false) {
    const found = await super.getUsers(phoneNumberId, ids);
    if (consistent || this.#faults.random() >= this.#faults.rate) return found;
    for (const id of ids) {
      const key = `${phoneNumberId}/${id}`;
      if (!this.#before.has(key)) continue;
      const before = this.#before.get(key);
      if (before) found.set(id, before);
      else found.delete(id);
    }
    return found;
  }

  override async putUsers(...args: Parameters<InMemoryBlocklistStore['putUsers']>): Promise<string[]> {
    const [phoneNumberId, writes] = args;
    for (const { id } of writes) {
      const key = `${phoneNumberId}/${id}`;
      this.#before.set(key, this.users.get(key));
    }
    return super.putUsers(...args);
  }
}
