import { clock } from './basics.ts';
import { callPolicy, graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';
import { summaries } from './users.ts';

/** What listing needs. */
export const listUsersDeps = lazily(() => ({
  store: store(),
  summaries: summaries(),
  graph: graph(),
  tokens: tokens(),
  clock,
  policy: callPolicy(),
}));
