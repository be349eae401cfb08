import { DAY_MS } from '../durations.ts';
import { type ApiKey, statusOf } from '../keys/api-key.ts';
import type { EventRecorder } from '../ports/event-outbox.ts';
import type { KeyStore } from '../ports/key-store.ts';
import { type RecordDeps, recordedNow, type ServiceEvent } from './event.ts';

export interface KeyCheckDeps extends RecordDeps {
  /** Absent if callers have no keys. */
  readonly keys: Pick<KeyStore, 'listKeys'> | undefined;
  readonly store: EventRecorder;
  /** Days before its end from which on a key is told of. */
  readonly warningDays: number;
}

const KEYS_PER_PAGE = 100;

/** Tells of each key that ends soon, once a day. Keys that have ended, or were revoked, are of no use to tell of. */
export async function tellExpiringKeys(deps: KeyCheckDeps): Promise<void> {
  const { keys, store } = deps;
  if (keys === undefined) return;
  for (let after: string | undefined; ; ) {
    const page = await keys.listKeys({ limit: KEYS_PER_PAGE, after });
    await store.addEvents(page.flatMap((key) => keyExpiring(deps, key) ?? []));
    if (page.length < KEYS_PER_PAGE) return;
    after = page.at(-1)?.id;
  }
}

function keyExpiring(deps: KeyCheckDeps, key: ApiKey): ServiceEvent | undefined {
  const nowMs = deps.clock.now();
  const end = key.secrets.at(-1)?.expiresAt;
  if (end === undefined || statusOf(key, nowMs) !== 'active') return undefined;
  if (Date.parse(end) - nowMs > deps.warningDays * DAY_MS) return undefined;
  const recorded = recordedNow(deps);
  const id = `key-expiring/${key.id}/${recorded.at.slice(0, 10)}`;
  return { type: 'Key Expiring', detail: { id, ...recorded, key_id: key.id, name: key.name, expires_at: end } };
}
