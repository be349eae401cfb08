import { type GraphSimulator, startGraphSimulator } from '../../local/graph-simulator/server.ts';

const simulator = await startGraphSimulator();

export interface GraphControl {
  readonly latencyMs?: number;
  readonly users?: Parameters<GraphSimulator['control']['changeUsers']>[0];
}

/** The simulator in a container of its own: sets it, and gives its address and the requests to it until now. */
export async function handler({ latencyMs, users }: GraphControl) {
  const { url, control } = simulator;
  if (latencyMs !== undefined) control.patchOptions({ latency: { fixedMs: latencyMs } });
  if (users) control.changeUsers(users);
  return { url, requests: control.counters().requests };
}
