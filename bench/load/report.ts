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

/** Milliseconds by the functions' own log, by request: of the request as a whole, and of its calls to Graph. */
export interface Logged {
  readonly whole: ReadonlyMap<string, number>;
  readonly graph: ReadonlyMap<string, number>;
}

/**
 * A line for each kind of call: what the caller waited; what of it the local cloud added around the function (its gateway, the
 * start and the queue of its processes); Graph's part; and the rest, which is the function with its calls to the table.
 */
export function report(made: readonly Made[], logged: Logged): string {
  const kinds = Map.groupBy(made, ({ kind }) => kind);
  const rows = [...kinds].map(([kind, calls]) => {
    const own = calls.flatMap(({ requestId, ms }) => {
      const whole = logged.whole.get(requestId);
      const graph = logged.graph.get(requestId) ?? 0;
      return whole === undefined ? [] : [{ around: ms - whole, graph, rest: whole - graph }];
    });
    return [
      kind,
      String(calls.length),
      three(calls.map(({ ms }) => ms)),
      three(own.map(({ around }) => around)),
      three(own.map(({ graph }) => graph)),
      three(own.map(({ rest }) => rest)),
    ];
  });
  const head = ['call', 'calls', 'caller, ms', 'local cloud, ms', 'Graph, ms', 'function and table, ms'];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), '|---|--:|--:|--:|--:|--:|', ...rows.map(line)].join('\n');
}

/** `p50 / p95 / p99` */
export function three(values: readonly number[]): string {
  if (values.length === 0) return '–';
  return QUANTILES.map((q) => Math.round(quantile(values, q)).toLocaleString('en-US')).join(' / ');
}

/** The milliseconds of each request and of its calls to Graph, from the lines that the functions wrote. */
export function loggedMs(log: string): Logged {
  const [whole, graph] = [new Map<string, number>(), new Map<string, number>()];
  for (const [, message, id = '', ms = ''] of log.matchAll(LINE)) {
    if (message === 'request') whole.set(id, Number(ms));
    else graph.set(id, (graph.get(id) ?? 0) + Number(ms));
  }
  return { whole, graph };
}

const LINE = /"message":"(request|graph call)","request_id":"([\w-]+)"[^\n]*?"ms":(\d+)/g;
