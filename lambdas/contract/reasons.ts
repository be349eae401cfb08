/** A reason code, whether it is configured or only recorded. */
export const REASON_CODE = /^[a-z][a-z0-9_]{0,31}$/;

/** The codes of a deployment that configures none. */
export const DEFAULT_REASON_CODES = ['spam', 'abuse', 'fraud', 'harassment', 'opt_out', 'test', 'other'] as const;

/** What a caller must give as the reason of a change: nothing, one of the codes, or a text. */
export const REQUIRED_REASONS = ['none', 'code', 'text'] as const;
export type RequiredReason = (typeof REQUIRED_REASONS)[number];
