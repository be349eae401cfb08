import { WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import type { PeerClient } from './peer.ts';

/**
 * `@kapso/whatsapp-cloud-api` has helpers for messages, media, templates, numbers, calls and flows, and none for
 * block_users: the call is made with its public `client.request`, which those helpers are built on. One request holds as
 * many users as it is given. Keys are in camelCase as in its helpers; the client spells them in Graph's way.
 */
export const kapso: PeerClient = {
  name: '@kapso/whatsapp-cloud-api',
  limits: [
    'Has no method for block_users: the caller writes path and body for the general `client.request`.',
    'Keeps nothing: which users were blocked, and which failed and why, is in the returned answer and nowhere else; no record of who blocked whom, when and why.',
    'Throws at HTTP 400, partial failures included: the users that were blocked all the same are in `error.raw` only, and a loop that does not catch it ends there.',
    'Resolves at HTTP 200 even where the answer holds `error` or failed users.',
    'Makes one request per call: no retry after a throttle, a 5xx or a lost connection, no pace, no time limit of its own. Its error says whether to try again (`retry.action`); a throttle’s duration in x-business-use-case-usage is not read.',
    'Does not split: a call with more than 1,000 users is refused as a whole.',
  ],
  connect({ url, version, accessToken }) {
    const client = new WhatsAppClient({ accessToken, baseUrl: url, graphVersion: version });
    return async (phoneNumberId, users) => {
      const blockUsers = users.map((user) => ({ user }));
      await client.request('POST', `${phoneNumberId}/block_users`, {
        body: { messagingProduct: 'whatsapp', blockUsers },
        responseType: 'json',
      });
    };
  },
};
