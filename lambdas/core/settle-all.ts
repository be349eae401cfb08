/**
 * `Promise.all` for work that writes: if a part fails, the others settle before the error is thrown. What is still in
 * progress when a function has answered is frozen with it, and would go on in the middle of a later invocation.
 */
export async function settleAll<T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
