import { GraphError } from '../core/errors.ts';
import { GRAPH_CODE } from '../core/graph-codes.ts';
import type { Graph, Metrics } from '../core/ports/services.ts';
import { waitForGraph } from './graph-time.ts';

/** Graph, with its calls counted: their time, and how often it throttled one, as a whole or some of its users. */
export function measuredGraph(graph: Graph, metrics: Metrics): Graph {
  async function measured<T>(call: () => Promise<T>): Promise<T> {
    metrics.put('GraphCalls', 1);
    try {
      return await waitForGraph(call);
    } catch (error) {
      if (error instanceof GraphError && error.kind === 'rate_limited') metrics.put('GraphThrottled', 1);
      throw error;
    }
  }
  return {
    async changeUsers(...call) {
      const outcomes = await measured(() => graph.changeUsers(...call));
      if (outcomes.some(({ failure }) => failure?.code === GRAPH_CODE.rateLimitHit)) metrics.put('GraphThrottled', 1);
      return outcomes;
    },
    listUsers: (...call) => measured(() => graph.listUsers(...call)),
    inspectToken: (...call) => measured(() => graph.inspectToken(...call)),
  };
}
