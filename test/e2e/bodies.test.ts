/** A change in every form in which Graph takes one, signed and through the deployed API. */
import { expect, test } from 'vitest';
import type { ApiCall } from '../../local/api-client.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { Blocklist, call } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';

calmAfterEach();

const BOUNDARY = 'X-INSOMNIA-BOUNDARY';

/** How a request with these fields is written; all but the first as texts. */
const FORMS: Record<string, (fields: Record<string, string>) => Omit<ApiCall, 'method' | 'path'> & { query?: string }> =
  {
    JSON: ({ block_users = '', ...fields }) => ({
      body: `\ufeff${JSON.stringify({ ...fields, block_users: JSON.parse(block_users) })}`,
    }),
    form: (fields) => ({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    }),
    multipart: (fields) => ({
      headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
      body: [
        ...Object.entries(fields).map(
          ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
        ),
        `--${BOUNDARY}--\r\n`,
      ].join(''),
    }),
    query: (fields) => ({
      query: `?${Object.entries(fields)
        .map((pair) => pair.map(encodeURIComponent).join('='))
        .join('&')}`,
    }),
  };

test('a form, a multipart form and the query block and unblock as JSON does', async () => {
  const id = phoneNumberId('bodies');
  const blocklist = new Blocklist(id);
  for (const [index, user] of phoneNumbers(4).entries()) {
    const [name, write] = Object.entries(FORMS)[index] ?? [];
    if (!write) throw new Error('There are fewer forms than users');
    const fields = { messaging_product: 'whatsapp', block_users: JSON.stringify([{ user: `+${user}` }]) };
    const reason = `Böse, „${name}“ 👩‍🚒 + & %`;
    const send = async (method: 'POST' | 'DELETE') => {
      const { query = '', ...request } = write({ ...fields, reason });
      return call({ method, path: blocklist.path + query, ...request });
    };
    expect(await send('POST'), name).toMatchObject({
      status: 200,
      body: { messaging_product: 'whatsapp', block_users: { added_users: [{ input: `+${user}`, wa_id: user }] } },
    });
    expect((await blocklist.mirror()).map(({ wa_id, reason }) => ({ wa_id, reason }))).toEqual([
      { wa_id: user, reason },
    ]);
    expect(await send('DELETE'), name).toMatchObject({
      status: 200,
      body: { block_users: { removed_users: [{ input: `+${user}`, wa_id: user }] } },
    });
    expect(await blocklist.mirror()).toEqual([]);
    expect(await blocklist.history(user)).toMatchObject([
      { action: 'unblock', outcome: 'succeeded', reason },
      { action: 'block', outcome: 'succeeded', reason },
    ]);
  }
  expect((await simulator.calls(id)).map(({ method, users, status }) => `${method} ${users} ${status}`)).toEqual(
    phoneNumbers(4).flatMap(() => ['POST 1 200', 'DELETE 1 200']),
  );
});
