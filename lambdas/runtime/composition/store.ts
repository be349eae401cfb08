import { DynamoBlocklistStore } from '../../adapters/dynamo/blocklist-store.ts';
import { lazily } from './lazily.ts';
import { settings, table } from './table.ts';

/** All that is stored of users and numbers, for those that list and reconcile. */
export const store = lazily(() => new DynamoBlocklistStore(table(), settings));
