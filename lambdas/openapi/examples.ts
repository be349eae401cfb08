import type { SomeNotChanged } from './change.ts';
import type { DryRun } from './dry-run.ts';
import type { Job } from './job.ts';
import type { Key } from './key.ts';
import type { ProtectedUser } from './protection.ts';

/** Values that the examples of several routes have. */
export const NUMBER = '106540352242922';
export const BATCH = '01K3B9R6ZC4M8Q2T5V7W9X1Y3Z';
export const OPERATION = '01K3B9QZ4T7N2V5X8Y1Z3B6C9D';
export const ACTOR = 'arn:aws:iam::111122223333:role/support';
export const RECONCILED_AT = '2026-11-01T11:00:00.000Z';
export const AT = '2026-11-01T12:00:00.000Z';
export const CURSOR = 'WzMsIjE2NTA1NTUxMjM0Il0';
export const messaging_product = 'whatsapp' as const;

export const user = { wa_id: '16505551234' };
const block = {
  blocked: true,
  state: 'blocked',
  ...user,
  blocked_at: AT,
  reason_code: 'spam',
  blocked_by: ACTOR,
} as const;
export const known = { ...block, source: 'api' } as const;
export const event = {
  at: AT,
  action: 'block',
  outcome: 'succeeded',
  reason_code: 'spam',
  actor: ACTOR,
  on_behalf_of: 'ana@support',
  source: 'api',
  operation_id: OPERATION,
} as const;
export const malformed = {
  message: '(#100) Invalid parameter',
  code: 100,
  error_data: { details: 'Neither a phone number in international format nor a business-scoped user id' },
};
export const next = (path: string) =>
  `https://abc123.execute-api.eu-west-1.amazonaws.com/prod${path}?limit=1&after=${CURSOR}`;
export const paging = (path: string) => ({ cursors: { before: CURSOR, after: CURSOR }, next: next(path) });

export const job: Job = {
  id: `${NUMBER}-${BATCH}`,
  batch_id: BATCH,
  phone_number_id: NUMBER,
  action: 'block',
  status: 'running',
  users: { total: 2_500, succeeded: 998, failed: 2, deferred: 0, remaining: 1_500 },
  chunks: { total: 3, done: 1, failed: 0 },
  created_at: AT,
  started_at: '2026-11-01T12:00:01.000Z',
  requested_by: ACTOR,
  on_behalf_of: 'ana@support',
  reason: 'imported from the support list',
  reason_code: 'spam',
  activity: [{ at: AT, verb: 'created', actor: ACTOR, on_behalf_of: 'ana@support' }],
};

export const protectedUser: ProtectedUser = {
  ...user,
  ids: ['16505551234', 'US.13491208655302741918'],
  reason: 'our own test phone',
  protected_at: AT,
  protected_by: ACTOR,
  on_behalf_of: 'ana@support',
};

const counts = { sent: 3, distinct: 3, new: 1, already: 1, malformed: 1, protected: 0, no_room: 0 };
export const dryRun: DryRun = {
  messaging_product,
  dry_run: {
    users: counts,
    numbers: [{ phone_number_id: NUMBER, users: counts }],
    results: [
      { phone_number_id: NUMBER, input: '+1 650 555 1234', would: 'nothing', state: 'blocked' },
      { phone_number_id: NUMBER, input: 'call me', would: 'fail', code: 100, message: malformed.error_data.details },
    ],
    truncated: false,
  },
};

const KEY_EXPIRES_AT = '2027-11-01T12:00:00.000Z';
export const key: Key = {
  id: 'Aa0000000001',
  name: 'support-desk',
  scopes: ['write'],
  phone_number_ids: [NUMBER],
  status: 'active',
  created_at: AT,
  created_by: ACTOR,
  expires_at: KEY_EXPIRES_AT,
  secrets: [{ created_at: AT, expires_at: KEY_EXPIRES_AT }],
  activity: [{ at: AT, verb: 'created', actor: ACTOR, on_behalf_of: 'ana@support' }],
};
/** What it looks like; it is nobody's. */
export const wholeKey = (secret: string) => `wabl_prod_${key.id}_${secret.repeat(49)}`;

export const someFailed: Pick<SomeNotChanged, 'messaging_product' | 'error'> = {
  messaging_product,
  error: {
    message: '(#139100) Failed to block/unblock users',
    type: 'OAuthException',
    code: 139_100,
    error_data: { details: 'Failed to block some users, see block_users.failed_users for each of them' },
    fbtrace_id: 'AYb3mQO7nTRGdGzQe1rHxuA',
  },
};
export const done = { input: '+1 650 555 1234', ...user };
export const failed = { input: 'call me', errors: [malformed] };

export const block_users = [{ user: '+1 650 555 1234' }, { user_id: 'US.13491208655302741918' }];
/** A message, as WhatsApp tells it. */
export const webhook = {
  object: 'whatsapp_business_account' as const,
  entry: [
    {
      id: '102290129340398',
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product,
            metadata: { display_phone_number: '15550783881', phone_number_id: NUMBER },
            messages: [
              { from: '16505551234', id: 'wamid.1', timestamp: '1739321024', type: 'text', text: { body: 'Hi' } },
            ],
          },
        },
      ],
    },
  ],
};
