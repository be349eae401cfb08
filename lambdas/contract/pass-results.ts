/**
 * What `process-chunk` returns to the state machine. `again` asks for a Wait of `seconds` and another pass; anything else
 * ends the chunk. Expected outcomes are returned, never thrown, so that a Wait can last as long as Graph named.
 */
export const CHUNK_RESULT = { done: 'done', again: 'again' } as const;

/** What `reconcile-numbers` returns: `again` asks for a Wait of `seconds` and another pass over the `numbers` it returns. */
export const RECONCILE_RESULT = { done: 'done', again: 'again' } as const;
