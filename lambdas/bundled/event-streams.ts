/**
 * Stands in bundles in place of the SDK's event streams (15 KB), which none of the operations has that we call: the protocol
 * loads them when it meets one. See `lib/bundling.ts`.
 */
export class EventStreamSerde {
  constructor() {
    throw new Error('Event streams are not in the bundle');
  }
}

export const eventStreamSerdeProvider = undefined;
