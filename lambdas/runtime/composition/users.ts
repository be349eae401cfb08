import { DynamoUserStore } from '../../adapters/dynamo/user-store.ts';
import { SummaryCache } from '../../core/users/summary-cache.ts';
import { clock } from './basics.ts';
import { lazily } from './lazily.ts';
import { settings, table } from './table.ts';

export const users = lazily(() => new DynamoUserStore(table(), settings));
export const summaries = lazily(() => new SummaryCache(users(), clock));

/** What looking up many users needs. */
export const lookupUsersDeps = lazily(() => ({ store: users(), summaries: summaries() }));
