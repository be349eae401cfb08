/**
 * `Promise.all` for work that writes: if a part fails, the others finish before the error is thrown. Lambda freezes whatever
 * is in progress when a function has answered, and it would continue in the middle of a later invocation.
 */
export async function settleAll<T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
