let waiting = 0;
let sinceMs = 0;
let sumMs = 0;

/** Waits for Graph: in a call, or in a pause between two calls. What overlaps counts once. */
export async function waitForGraph<T>(wait: () => Promise<T>): Promise<T> {
  if (waiting === 0) sinceMs = performance.now();
  waiting += 1;
  try {
    return await wait();
  } finally {
    waiting -= 1;
    if (waiting === 0) sumMs += performance.now() - sinceMs;
  }
}

/** How long an invocation that ends now has waited, in milliseconds: a container has one invocation at a time. */
export function takeGraphMs(): number {
  const ms = Math.round(sumMs);
  sumMs = 0;
  return ms;
}
