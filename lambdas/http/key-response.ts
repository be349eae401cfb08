import { type ApiKey, type ShownKey, statusOf } from '../core/keys/api-key.ts';
import type { Key, Keys, KeyWithSecret } from '../openapi/key.ts';
import type { ApiRequest } from './api-request.ts';
import { writeCursor } from './cursor.ts';
import { type ApiResponse, json, pageUrl } from './respond.ts';

/** A key without anything that could be used: neither a secret nor its hash. */
function presentKey(key: ApiKey, nowMs: number): Key {
  const [created] = key.activity;
  const revoked = key.activity.find(({ verb }) => verb === 'revoked');
  return {
    id: key.id,
    name: key.name,
    scopes: [...key.scopes],
    phone_number_ids: key.phoneNumberIds && [...key.phoneNumberIds],
    status: statusOf(key, nowMs),
    created_at: created.at,
    created_by: created.actor,
    expires_at: key.secrets.at(-1)?.expiresAt,
    secrets: key.secrets.map(({ createdAt, expiresAt }) => ({ created_at: createdAt, expires_at: expiresAt })),
    last_used_at: key.lastUsedAt,
    revoked_at: revoked?.at,
    revoked_by: revoked?.actor,
    activity: key.activity.map(({ at, verb, actor, onBehalfOf }) => ({ at, verb, actor, on_behalf_of: onBehalfOf })),
  };
}

/** A key that was made or rotated: `key` is all that its caller needs, and is shown this once. */
export function shownKeyResponse(status: 200 | 201, { key, token }: ShownKey, nowMs: number): ApiResponse {
  return json<KeyWithSecret>(status, { ...presentKey(key, nowMs), key: token });
}

export function keyResponse(key: ApiKey, nowMs: number): ApiResponse {
  return json<Key>(200, presentKey(key, nowMs));
}

export function keysResponse(request: ApiRequest, keys: readonly ApiKey[], page: { limit: number; nowMs: number }) {
  const last = keys.length === page.limit ? keys.at(-1) : undefined;
  const after = last && writeCursor([last.id]);
  return json<Keys>(200, {
    data: keys.map((key) => presentKey(key, page.nowMs)),
    paging: { cursors: { after }, next: after === undefined ? undefined : pageUrl(request, { after }) },
  });
}
