import { env } from '../env.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';
import { users } from './users.ts';

/** What the blocklist of a number as a whole needs. */
export const blocklistDeps = lazily(() => ({ store: users(), jobs: jobs(), listLimit: env('listLimit') }));
