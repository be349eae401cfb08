import { quantile } from '../measure/stats.ts';

/** A call that was made. */
export interface Made {
  readonly kind: string;
  readonly status: number;
  /** Milliseconds until the caller had the whole answer. */
  readonly ms: number;
  readonly requestId: string;
  /** What was wrong, if anything was. */
  readonly error?: string | undefined;
}

const QUANTILES = [0.5, 0.95, 0.99] as const;

/**
 * A line for each kind of call: what the caller waited, what of it the function took by its own log, and what the local cloud
 * added: its gateway, the start and the queue of its processes.
 */
export function report(made: readonly Made[], functionMs: ReadonlyMap<string, number>): string {
  const kinds = Map.groupBy(made, ({ kind }) => kind);
  const rows = [...kinds].map(([kind, calls]) => {
    const own = calls.flatMap(({ requestId, ms }) => {
      const inside = functionMs.get(requestId);
      return inside === undefined ? [] : [{ inside, around: ms - inside }];
    });
    return [
      kind,
      String(calls.length),
      three(calls.map(({ ms }) => ms)),
      three(own.map(({ inside }) => inside)),
      three(own.map(({ around }) => around)),
    ];
  });
  const head = ['call', 'calls', 'caller, ms', 'function, ms', 'local cloud, ms'];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), '|---|--:|--:|--:|--:|', ...rows.map(line)].join('\n');
}

/** `p50 / p95 / p99` */
function three(values: readonly number[]): string {
  if (values.length === 0) return '–';
  return QUANTILES.map((q) => Math.round(quantile(values, q)).toLocaleString('en-US')).join(' / ');
}

/** The milliseconds of each request, by its id, from the lines that the functions wrote. */
export function functionMsOf(log: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, id = '', ms = ''] of log.matchAll(
    /"message":"request"[^\n]*?"request_id":"([\w-]+)"[^\n]*?"ms":(\d+)/g,
  ))
    found.set(id, Number(ms));
  return found;
}
