import { GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { KEY_SCOPES, type KeyScope } from '../../contract/routes.ts';
import type { ApiKey } from '../../core/keys/api-key.ts';
import type { KeyStore } from '../../core/ports/key-store.ts';
import type { Key } from './keys.ts';
import { fromItem, type Table, toItem, unlessRefused } from './table.ts';
import { transact } from './transact.ts';

/** One partition, so that all can be listed: it gives 3,000 reads a second, which a cached key takes once a minute. */
const KEYS = 'KEYS';
const NAMES = 'NAMES';
const itemKey = (id: string): Key => ({ pk: KEYS, sk: id });
const nameKey = (name: string): Key => ({ pk: NAMES, sk: name.toLowerCase() });

const scope = z.custom<KeyScope>((name) => typeof name === 'string' && Object.hasOwn(KEY_SCOPES, name));
const activity = z.object({
  at: z.string(),
  verb: z.enum(['created', 'rotated', 'revoked']),
  actor: z.string(),
  onBehalfOf: z.optional(z.string()),
});
const keyItem = z.object({
  sk: z.string(),
  name: z.string(),
  scopes: z.array(scope).check(z.minLength(1)),
  phoneNumberIds: z.optional(z.array(z.string()).check(z.minLength(1))),
  lifeSeconds: z.number(),
  secrets: z.array(z.object({ hash: z.string(), createdAt: z.string(), expiresAt: z.string() })),
  activity: z.tuple([activity], activity),
  lastUsedAt: z.optional(z.string()),
});

/** Anything that is not as it was written is an error: never a key with all numbers, or with no end. */
function toKey(item: unknown): ApiKey {
  const { sk: id, ...key } = keyItem.parse(item);
  return { id, ...key };
}

/** The keys, in a table of their own. */
export class DynamoKeyStore implements KeyStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  addKey({ id, ...key }: ApiKey): Promise<boolean> {
    const put = (item: object) => ({
      Put: { TableName: this.#table.name, Item: toItem(item), ConditionExpression: 'attribute_not_exists(pk)' },
    });
    return transact(this.#table, [put({ ...itemKey(id), ...key }), put({ ...nameKey(key.name), id })]);
  }

  async getKey(id: string): Promise<ApiKey | undefined> {
    const { Item } = await this.#table.client.send(
      new GetItemCommand({ TableName: this.#table.name, Key: toItem(itemKey(id)), ConsistentRead: true }),
    );
    return Item && toKey(fromItem(Item));
  }

  async listKeys({ limit, after }: Parameters<KeyStore['listKeys']>[0]): Promise<ApiKey[]> {
    const found: ApiKey[] = [];
    let last = after;
    while (found.length < limit) {
      const { Items = [], LastEvaluatedKey } = await this.#table.client.send(
        new QueryCommand({
          TableName: this.#table.name,
          KeyConditionExpression: last === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after',
          ExpressionAttributeValues: toItem({ ':pk': KEYS, ':after': last }),
          Limit: limit - found.length,
          ConsistentRead: true,
        }),
      );
      found.push(...Items.map((item) => toKey(fromItem(item))));
      last = found.at(-1)?.id;
      if (LastEvaluatedKey === undefined) break;
    }
    return found;
  }

  /** Activity only grows, so that its length says whether the key is still as it was read. */
  changeKey({ id, activity }: ApiKey, change: Parameters<KeyStore['changeKey']>[1]): Promise<boolean> {
    return unlessRefused(
      this.#table.client.send(
        new UpdateItemCommand({
          TableName: this.#table.name,
          Key: toItem(itemKey(id)),
          UpdateExpression: 'SET secrets = :secrets, activity = :activity',
          ConditionExpression: 'size(activity) = :read',
          ExpressionAttributeValues: toItem({
            ':secrets': change.secrets,
            ':activity': [...activity, change.activity],
            ':read': activity.length,
          }),
        }),
      ),
    );
  }

  /** The one attribute that the authorizer may write: its permission names it. */
  async recordUse(id: string, at: string, unlessSince: string): Promise<void> {
    await unlessRefused(
      this.#table.client.send(
        new UpdateItemCommand({
          TableName: this.#table.name,
          Key: toItem(itemKey(id)),
          UpdateExpression: 'SET lastUsedAt = :at',
          ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(lastUsedAt) OR lastUsedAt <= :since)',
          ExpressionAttributeValues: toItem({ ':at': at, ':since': unlessSince }),
          ReturnValues: 'NONE',
        }),
      ),
    );
  }
}
