import { createJobDeps } from './changing.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';

/** What accepting jobs for several numbers, or for all of them, needs. */
export const createJobsDeps = lazily(() => ({ ...createJobDeps(), store: store() }));
