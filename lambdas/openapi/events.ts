import { z } from 'zod';
import { EVENT_SOURCE } from '../contract/events.ts';
import type { ServiceEvent } from '../core/events/event.ts';
import { EVENTS } from '../core/events/schemas.ts';
import { inlineSchema } from './components.ts';
import { AT, BATCH, NUMBER, OPERATION } from './examples.ts';

type Json = Record<string, unknown>;
type Example = { readonly [T in ServiceEvent['type']]: Extract<ServiceEvent, { type: T }>['detail'] };

const SEQUENCE = '01K3B9T1ZC4M8Q2T5V7W9X1Y3Z';
const recorded = (id: string) => ({ id, sequence: SEQUENCE, at: AT });
const ofNumber = (id: string) => ({ ...recorded(id), phone_number_id: NUMBER });
const token = { is_default: false, number_count: 1, phone_number_ids: [NUMBER] };
const day = AT.slice(0, 10);

/** An example of each event, as it is published. */
const EXAMPLES: Example = {
  'Job Finished': {
    ...ofNumber(`job/${NUMBER}-${BATCH}/1`),
    job_id: `${NUMBER}-${BATCH}`,
    batch_id: BATCH,
    run: 1,
    action: 'block',
    status: 'partially_failed',
    users: { total: 2_500, succeeded: 2_497, failed: 3, deferred: 0 },
    created_at: '2026-11-01T11:59:00.000Z',
    finished_at: AT,
  },
  'Drift Found': { ...ofNumber(`reconciliation/${OPERATION}`), added: 2, removed: 1, reconciled_at: AT },
  'List Nearly Full': { ...ofNumber(`list-nearly-full/${NUMBER}/${SEQUENCE}`), level: 90, limit: 64_000 },
  'Token Refused': { ...recorded(`token-refused/${NUMBER}/${day}`), ...token },
  'Token Expiring': {
    ...recorded(`token-expiring/${NUMBER}/${day}`),
    ...token,
    expires_at: '2026-11-10T00:00:00.000Z',
    ends: 'token',
  },
  'Key Expiring': {
    ...recorded(`key-expiring/4Zk8QmT1xY7p/${day}`),
    key_id: '4Zk8QmT1xY7p',
    name: 'crm',
    expires_at: '2026-11-10T00:00:00.000Z',
  },
  'Block Expired': { ...ofNumber(`operation/${OPERATION}`), operation_id: OPERATION, count: 17 },
  'Deferred Block Applied': { ...ofNumber(`operation/${OPERATION}`), operation_id: OPERATION, count: 1 },
  'Number Not Reconciled': { ...ofNumber(`not-reconciled/${NUMBER}/${SEQUENCE}`), code: 190 },
};

export const EVENT_TYPES = Object.keys(EVENTS).filter((type): type is keyof typeof EVENTS => type in EVENTS);

/** An event as EventBridge gives it to a target. */
function eventSchema(type: keyof typeof EVENTS) {
  return z.object({
    version: z.literal('0'),
    id: z.string().describe("EventBridge's own id: it differs if the same event is published twice. Use `detail.id`"),
    'detail-type': z.literal(type),
    source: z.literal(EVENT_SOURCE),
    account: z.string().describe('The AWS account of the stack'),
    time: z.iso.datetime().describe('`detail.at`, to the second'),
    region: z.string(),
    resources: z.array(z.string()),
    detail: EVENTS[type],
  });
}

const descriptionOf = (type: keyof typeof EVENTS) => z.globalRegistry.get(EVENTS[type])?.description ?? '';

/** The JSON schema of an event, for a file of its own. Fields may be added: it allows others. */
export function eventJsonSchema(type: keyof typeof EVENTS): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: type,
    description: descriptionOf(type),
    ...inlineSchema(eventSchema(type)),
  };
}

/** The file of that schema. */
export function eventFile(type: keyof typeof EVENTS): string {
  return `${type.toLowerCase().replaceAll(' ', '-')}.json`;
}

/** `webhooks` of the document. No address is called: a rule on the bus brings an event to where it is wanted. */
export function webhooks(): Json {
  return Object.fromEntries(
    EVENT_TYPES.map((type) => {
      const example = {
        version: '0',
        id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
        'detail-type': type,
        source: EVENT_SOURCE,
        account: '111122223333',
        time: AT.replace('.000', ''),
        region: 'eu-west-1',
        resources: [],
        detail: EXAMPLES[type],
      };
      const post = {
        operationId: `on${type.replaceAll(' ', '')}`,
        tags: ['Events'],
        summary: type,
        description: `${descriptionOf(type)}.`,
        security: [],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: inlineSchema(eventSchema(type)), example } },
        },
        responses: {
          '200': { description: 'Nobody reads the answer but the rule that called' },
          '4XX': { description: 'The rule tries again, or gives up, as it was set up' },
        },
      };
      return [type, { post }];
    }),
  );
}
