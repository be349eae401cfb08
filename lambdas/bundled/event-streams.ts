/**
 * In bundles, replaces the SDK's event streams (15 KB). No operation that we call has them: the protocol loads them only if
 * one does. See `lib/bundling.ts`.
 */
export class EventStreamSerde {
  constructor() {
    throw new Error('Event streams are not in the bundle');
  }
}

export const eventStreamSerdeProvider = undefined;
