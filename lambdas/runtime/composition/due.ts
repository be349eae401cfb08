import { ulid } from 'ulid';
import { DUE_FUNCTION_TIMEOUT_SECONDS } from '../../contract/timeouts.ts';
import { env } from '../env.ts';
import { isSignedBy } from '../hub-signature.ts';
import { log } from '../logger.ts';
import { clock } from './basics.ts';
import { callPolicy, graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';

/** Of the time that a run over what is due may take, what is left to begin something in: a call and its record come after. */
const DUE_PASS_MS = (DUE_FUNCTION_TIMEOUT_SECONDS - 60) * 1000;
/** Calls to Graph for one number at the same time, as in a job of the default settings. */
const DUE_CONCURRENCY = 4;

/** What changing users because the mirror asks for it needs, where no caller waits. */
const serviceDeps = lazily(() => ({
  store: store(),
  graph: graph(),
  tokens: tokens(),
  log,
  clock,
  newId: ulid,
  listLimit: env('listLimit'),
  deferDays: env('deferDays'),
  policy: callPolicy(),
}));

/** What a run over what is due needs. */
export const dueDeps = lazily(() => ({ ...serviceDeps(), passMs: DUE_PASS_MS, concurrency: DUE_CONCURRENCY }));

/** What a forwarded webhook needs. */
export const webhookDeps = lazily(() => ({ ...serviceDeps(), isSignedBy, trustUnsigned: env('trustUnsigned') }));
