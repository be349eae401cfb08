import { DynamoBlocklistStore } from '../../adapters/dynamo/blocklist-store.ts';
import { lazily } from './lazily.ts';
import { settings, table } from './table.ts';

/** The whole store of users and numbers, for functions that list and reconcile. */
export const store = lazily(() => new DynamoBlocklistStore(table(), settings));
