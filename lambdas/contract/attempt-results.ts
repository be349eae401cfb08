/**
 * What `process-chunk` returns to the state machine. `requeue` asks for a Wait of `requeueAfterSeconds` and another
 * pass; anything else ends the lane. Expected outcomes are returned, never thrown, so that a Wait can last as long as
 * Graph named.
 */
export const CHUNK_RESULT = { done: 'done', requeue: 'requeue' } as const;

/**
 * What `reconcile-numbers` returns: `requeue` asks for a Wait of `requeueAfterSeconds` and another attempt over the
 * `numbers` it returns.
 */
export const RECONCILE_RESULT = { done: 'done', requeue: 'requeue' } as const;
