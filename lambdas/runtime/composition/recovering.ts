import { log } from '../logger.ts';
import { clock } from './basics.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';
import { workflow } from './workflows.ts';

/** What a retry of a job needs. */
export const retryDeps = lazily(() => ({ jobs: jobs(), workflow: workflow(), clock, log }));
