import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoEventOutbox } from '../../adapters/dynamo/outbox-store.ts';
import { EventBridgeBus } from '../../adapters/events/event-bridge.ts';
import { env } from '../env.ts';
import { log } from '../logger.ts';
import { AWS_CLIENT } from './aws-client.ts';
import { clock } from './basics.ts';
import { lazily } from './lazily.ts';
import { table } from './table.ts';

/** What publishing events needs. */
export const publishDeps = lazily(() => ({
  outbox: new DynamoEventOutbox(table()),
  bus: new EventBridgeBus(new EventBridgeClient(AWS_CLIENT), env('eventBusName')),
  clock,
  log,
}));
