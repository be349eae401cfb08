import { ulid } from 'ulid';
import { env } from '../env.ts';
import { clock } from './basics.ts';
import { graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';
import { reconciliations } from './workflows.ts';

/** What a request for a reconciliation needs. */
export const startReconciliationDeps = lazily(() => ({
  store: store(),
  graph: graph(),
  tokens: tokens(),
  reconciliations: reconciliations(),
  clock,
  newId: ulid,
  reconciliationsPerHour: env('reconciliationsPerHour'),
}));
