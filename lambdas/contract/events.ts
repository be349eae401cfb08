/** What EventBridge's rules match: `source` of every event of this service. AWS keeps names that begin with `aws.` to itself. */
export const EVENT_SOURCE = 'whatsapp-blocklist';

/** EventBridge takes so many events, and so many bytes of all of them together, in one call. */
export const PUT_EVENTS = { entries: 10, bytes: 256 * 1024 } as const;

/** How full a list is when that is told, in percent of what it can hold. */
export const FULLNESS_LEVELS = [80, 90, 95] as const;

/** Seconds within which an event should be on the bus. */
export const LATE_EVENT_SECONDS = 60;

/** Phone number ids in an event about a token, which thousands of numbers may use. */
export const NUMBERS_PER_EVENT = 100;
