import { acceptingDeps } from './accepting-jobs.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';

/** What creating jobs for several numbers needs. */
export const createJobsDeps = lazily(() => ({ ...acceptingDeps(), jobs: jobs() }));
