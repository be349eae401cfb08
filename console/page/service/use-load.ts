import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Result } from './call.ts';
import type { Failure } from './failure.ts';

export type Loaded<T> =
  | { readonly state: 'loading'; readonly reload: () => void }
  | { readonly state: 'ready'; readonly data: T; readonly reload: () => void }
  | { readonly state: 'failed'; readonly failure: Failure; readonly reload: () => void };

/**
 * Loads what a page shows, again whenever `key` changes. What is there stays visible while the same is loaded again. With
 * `everyMs`, it is loaded again and again, as long as the page can be seen.
 */
export function useLoad<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<Result<T>>,
  everyMs?: (data: T) => number | undefined,
): Loaded<T> {
  const [found, setFound] = useState<{ key: string; result: Result<T> }>();
  const [turn, setTurn] = useState(0);
  const latest = useRef({ load, everyMs });
  latest.current = { load, everyMs };
  const reload = useCallback(() => setTurn((one) => one + 1), []);
  useEffect(() => {
    const end = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const once = async () => {
      try {
        const result = await latest.current.load(end.signal);
        if (end.signal.aborted) return;
        setFound({ key, result });
        const pause = result.ok ? latest.current.everyMs?.(result.body) : undefined;
        if (pause !== undefined) timer = setTimeout(once, document.hidden ? pause * 5 : pause);
      } catch (error) {
        if (!end.signal.aborted) throw error;
      }
    };
    void once();
    return () => {
      end.abort();
      clearTimeout(timer);
    };
  }, [key, turn]);
  if (found?.key !== key) return { state: 'loading', reload };
  return found.result.ok
    ? { state: 'ready', data: found.result.body, reload }
    : { state: 'failed', failure: found.result.failure, reload };
}

interface PageOf<Row> {
  readonly data: readonly Row[];
  readonly paging: { readonly cursors: { readonly after?: string | undefined }; readonly next?: string | undefined };
}

export interface Paged<Row> {
  readonly rows: readonly Row[];
  readonly isLoading: boolean;
  readonly failure: Failure | undefined;
  /** Undefined if there is no more. */
  readonly more: (() => void) | undefined;
  readonly reload: () => void;
}

/** Rows of a list, page after page as the person asks. A page may be empty and have a next: then that is loaded too. */
export function usePaged<Row>(
  key: string,
  load: (after: string | undefined, signal: AbortSignal) => Promise<Result<PageOf<Row>>>,
): Paged<Row> {
  const [shown, setShown] = useState<{
    key: string;
    rows: readonly Row[];
    after: string | undefined;
    failure?: Failure;
  }>();
  const [isLoading, setLoading] = useState(true);
  const latest = useRef(load);
  latest.current = load;
  const end = useRef(new AbortController());
  const fetchFrom = useCallback(
    async (before: readonly Row[], from: string | undefined) => {
      end.current.abort();
      end.current = new AbortController();
      const { signal } = end.current;
      setLoading(true);
      let after = from;
      try {
        for (;;) {
          const result = await latest.current(after, signal);
          if (signal.aborted) return;
          if (!result.ok) {
            setShown({ key, rows: before, after, failure: result.failure });
            break;
          }
          const { data, paging } = result.body;
          after = paging.next === undefined ? undefined : paging.cursors.after;
          if (data.length > 0 || after === undefined) {
            setShown({ key, rows: [...before, ...data], after });
            break;
          }
        }
        setLoading(false);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    [key],
  );
  const reload = useCallback(() => void fetchFrom([], undefined), [fetchFrom]);
  useEffect(() => {
    reload();
    return () => end.current.abort();
  }, [reload]);
  const isShown = shown?.key === key;
  const rows = isShown ? shown.rows : [];
  const after = isShown ? shown.after : undefined;
  return {
    rows,
    isLoading: isLoading || !isShown,
    failure: isShown ? shown.failure : undefined,
    more: after === undefined ? undefined : () => void fetchFrom(rows, after),
    reload,
  };
}
