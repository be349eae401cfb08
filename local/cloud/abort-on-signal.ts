/**
 * Milliseconds in which a repeated signal counts as the same Ctrl-C: npm passes on a signal that the terminal has already
 * sent us.
 */
const SAME_SIGNAL_MS = 1_000;

/** Why a script ends that was asked to. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Aborts at the first signal; a later one ends the process at once (what it started ends with it). */
export function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = (): void => {
    first ??= Date.now();
    if (Date.now() - first > SAME_SIGNAL_MS) process.exit(130);
    controller.abort(new Stopped('stopped by a signal'));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return controller.signal;
}
