import { DynamoKeyStore } from '../../adapters/dynamo/key-store.ts';
import { env } from '../env.ts';
import { keySecretsOf } from '../key-secrets.ts';
import { log } from '../logger.ts';
import { clock } from './basics.ts';
import { lazily } from './lazily.ts';
import { tableNamed } from './table.ts';

/** What making, changing and looking up keys needs: a table of their own. */
export const keyDeps = lazily(() => ({
  keys: new DynamoKeyStore(tableNamed(env('keysTableName'))),
  secrets: keySecretsOf(env('serviceStage')),
  clock,
  log,
}));
