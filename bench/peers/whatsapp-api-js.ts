import { WhatsAppAPI } from 'whatsapp-api-js';
import type { PeerClient } from './peer.ts';

/**
 * `blockUser(phoneID, ...users)` of whatsapp-api-js: one request for all users that it is given. Phone numbers go in as
 * strings: the newer signature wants a business-scoped user id in each entry.
 */
export const whatsappApiJs: PeerClient = {
  name: 'whatsapp-api-js',
  limits: [
    'Keeps nothing: which users were blocked, and which failed and why, is in the returned answer and nowhere else; no record of who blocked whom, when and why.',
    'Resolves with a refusal (HTTP 400, partial failures included) as with a success: a caller who does not look for `error` and `failed_users` in the answer takes it for done.',
    'Makes one request per call: no retry after a throttle, a 5xx or a lost connection, no pace, no time limit of its own.',
    'Hands on neither the HTTP status nor the headers, so not how long a throttle lasts; an answer that is no JSON (a gateway’s 502 or 503) is a SyntaxError.',
    'Does not split: a call with more than 1,000 users is refused as a whole.',
    'Sends block_users without a Graph version, whatever its `v` option says.',
  ],
  connect({ url, version, accessToken }) {
    // Its host is fixed; `ponyfill.fetch` is the one documented way to put something else in its place.
    const toSimulator: typeof fetch = (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      return fetch(`${url}${pathname}${search}`, init);
    };
    // `secure: false`: no webhook is received here, so there is no app secret to check one with.
    const api = new WhatsAppAPI({
      token: accessToken,
      secure: false,
      v: version,
      ponyfill: { fetch: toSimulator },
    });
    return async (phoneNumberId, users) => {
      const answer = await api.blockUser(phoneNumberId, ...users);
      // A refusal resolves too. Without this look a batch that Graph refused would be timed as one that it did.
      if ('error' in answer) throw new Error(answer.error.message);
    };
  },
};
