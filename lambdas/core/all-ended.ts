/**
 * `Promise.all` for work that writes: where a part fails, the others come to their end before the error is thrown. What is
 * still under way when a function has answered is frozen with it, and would go on in the middle of a later invocation.
 */
export async function allEnded<T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
