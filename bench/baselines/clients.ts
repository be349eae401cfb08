import { WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import { WhatsAppAPI } from 'whatsapp-api-js';

/** A public client of the Cloud API at `graph`, an origin, with the call that blocks all `users` at once; it rejects if Graph's answer carries an error. */
type Connect = (target: {
  readonly graph: string;
  readonly version: string;
  readonly accessToken: string;
}) => (phoneNumberId: string, users: readonly string[]) => Promise<void>;

/**
 * By npm package, each driven as its documentation says. Both keep nothing: which users were blocked, and which failed and why,
 * is in the returned answer only. Both make one request for each call, without retry, pace or time limit, and do not split what
 * is more than 1,000 users.
 */
export const BASELINES: Readonly<Record<'whatsapp-api-js' | '@kapso/whatsapp-cloud-api', Connect>> = {
  'whatsapp-api-js': ({ graph, version, accessToken }) => {
    // Its host is fixed; `ponyfill.fetch` is the one documented way to put something else in its place.
    const toSimulator: typeof fetch = (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      return fetch(`${graph}${pathname}${search}`, init);
    };
    // `secure: false`: no webhook is received here, so there is no app secret to check one with.
    const api = new WhatsAppAPI({ token: accessToken, secure: false, v: version, ponyfill: { fetch: toSimulator } });
    return async (phoneNumberId, users) => {
      const answer = await api.blockUser(phoneNumberId, ...users);
      // A refusal resolves too. Without this look a batch that Graph refused would be timed as one that it did.
      if ('error' in answer) throw new Error(answer.error.message);
    };
  },
  // It has no method for block_users: the call is made with the general `request` that its methods are built on.
  '@kapso/whatsapp-cloud-api': ({ graph, version, accessToken }) => {
    const client = new WhatsAppClient({ accessToken, baseUrl: graph, graphVersion: version });
    return async (phoneNumberId, users) => {
      // It spells the keys in Graph's way.
      const body = { messagingProduct: 'whatsapp', blockUsers: users.map((user) => ({ user })) };
      await client.request('POST', `${phoneNumberId}/block_users`, { body, responseType: 'json' });
    };
  },
};

export type BaselineName = keyof typeof BASELINES;
export const BASELINE_NAMES: readonly BaselineName[] = ['whatsapp-api-js', '@kapso/whatsapp-cloud-api'];
