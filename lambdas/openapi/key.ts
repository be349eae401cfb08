import { z } from 'zod';
import { API_KEY } from '../contract/api-keys.ts';
import { KEY_SCOPES, type KeyScope } from '../contract/routes.ts';
import * as values from './values.ts';

const { time, actor, onBehalfOf } = values;
const SCOPES = Object.keys(KEY_SCOPES).filter((name): name is KeyScope => name in KEY_SCOPES);

export const keyId = z
  .string()
  .regex(new RegExp(`^[0-9A-Za-z]{${API_KEY.idCharacters}}$`))
  .describe('Id of a key. It is no secret: the key has it between the stage and the secret');
export const keyScope = z
  .enum(SCOPES)
  .describe(
    '`read`: look up; `write`: also block and unblock; `operate`: also manage jobs of others, reconcile and protect users; `webhook`: only forward webhooks',
  );

/** A key, without anything that could be used to call. */
export const key = z
  .strictObject({
    id: keyId,
    name: z.string().describe('Changes by the caller with this key have the actor `api-key/<name>`'),
    scopes: z.array(keyScope),
    phone_number_ids: z
      .array(values.phoneNumberId)
      .optional()
      .describe('The numbers that the caller may use; absent if it may use all'),
    status: z.enum(['active', 'expired', 'revoked']),
    created_at: time,
    created_by: actor,
    expires_at: time.optional().describe('When the last of its secrets expires; absent if the key is revoked'),
    secrets: z
      .array(z.strictObject({ created_at: time, expires_at: time }))
      .describe('Its secrets, newest last: after a rotation, earlier secrets work until the overlap ends'),
    last_used_at: time.optional().describe('Recorded once an hour; absent if the key was never used'),
    revoked_at: time.optional(),
    revoked_by: actor.optional(),
    activity: z
      .array(
        z.strictObject({
          at: time,
          verb: z.enum(['created', 'rotated', 'revoked']),
          actor,
          on_behalf_of: onBehalfOf.optional(),
        }),
      )
      .describe('Who asked for what, oldest first'),
  })
  .meta({ id: 'Key' });
export type Key = z.infer<typeof key>;

/** The only answers that have a whole key. */
export const keyWithSecret = key
  .extend({
    key: z.string().describe('The key that the caller sends as `Authorization: Bearer <key>`. It is shown this once'),
  })
  .meta({ id: 'KeyWithSecret' });
export type KeyWithSecret = z.infer<typeof keyWithSecret>;

export const keys = z.strictObject({ data: z.array(key), paging: values.paging }).meta({ id: 'Keys' });
export type Keys = z.infer<typeof keys>;
