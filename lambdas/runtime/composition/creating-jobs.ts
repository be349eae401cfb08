import { acceptingDeps } from './accepting-jobs.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';

/** What creating jobs for several numbers, or for all of them, needs. */
export const createJobsDeps = lazily(() => ({ ...acceptingDeps(), store: store(), jobs: jobs() }));
