import type * as z from 'zod/mini';
import { isoTime } from '../iso-time.ts';
import type { Clock } from '../ports/services.ts';
import type { EVENTS } from './schemas.ts';

/** The `detail-type` of an event. */
export type EventType = keyof typeof EVENTS;

/** What an event of a type says, exactly as it is published. */
export type DetailOf<T extends EventType> = z.output<(typeof EVENTS)[T]>;

/** An event to be published. `detail.id` names it: a repeat of the change that caused it makes the same. */
export type ServiceEvent = {
  [T in EventType]: { readonly type: T; readonly detail: DetailOf<T> };
}[EventType];

/** When an event is recorded, and its place among the others. */
export type Recorded = Pick<ServiceEvent['detail'], 'sequence' | 'at'>;

export interface RecordDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** A ULID. */
  readonly newId: (now: number) => string;
}

/** The place of an event that is recorded now. */
export function recordedNow({ clock, newId }: RecordDeps): Recorded {
  const nowMs = clock.now();
  return { sequence: newId(nowMs), at: isoTime(nowMs) };
}

/** The number of an event, if it has one. */
export function numberOf({ detail }: ServiceEvent): string | undefined {
  return 'phone_number_id' in detail ? detail.phone_number_id : undefined;
}
