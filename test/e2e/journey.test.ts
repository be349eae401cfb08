/** One user and a few: blocked, looked up, listed, explained and unblocked again, as another service of the team does it. */
import { expect, test } from 'vitest';
import { businessScopedIds, phoneNumberId, phoneNumbers, spelled } from './support/numbers.ts';
import { Blocklist, call, follow, idOf, type Page } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';

calmAfterEach();

const BSUID = businessScopedIds(1).join();
/** Mexican mobile numbers lost a digit: the number as sent and the `wa_id` differ. */
const MEXICAN = { sent: '+52 1 55 4123 7788', digits: '5215541237788', waId: '525541237788' };

test('a user is blocked, known by every spelling and id, and unblocked, with and without the version in the path', async () => {
  const id = phoneNumberId('journey');
  const blocklist = new Blocklist(id);
  const unversioned = new Blocklist(id, null);
  await simulator.changeUsers({ waIds: { [MEXICAN.digits]: MEXICAN.waId } });

  const added = await blocklist.block(['+49 151 2345-6788', '4915123456788', BSUID, MEXICAN.sent], {
    reason: 'threatened an agent',
    headers: { 'X-On-Behalf-Of': 'ana@support' },
  });
  expect(added.status).toBe(200);
  expect(added.body).toEqual({
    messaging_product: 'whatsapp',
    block_users: {
      added_users: [
        { input: '+49 151 2345-6788', wa_id: '4915123456788' },
        { input: '4915123456788', wa_id: '4915123456788' },
        { input: BSUID, user_id: BSUID },
        { input: MEXICAN.sent, wa_id: MEXICAN.waId },
      ],
    },
  });
  expect(added.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  expect((await simulator.list(id)).toSorted()).toEqual(['4915123456788', MEXICAN.waId, BSUID].toSorted());

  const german = {
    blocked: true,
    state: 'blocked',
    wa_id: '4915123456788',
    blocked_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    reason: 'threatened an agent',
    blocked_by: expect.stringMatching(/^arn:aws:iam::/),
    source: 'api',
    reconciled_at: null,
  };
  for (const spelling of ['%2B4915123456788', '+4915123456788', '4915123456788', '%2B49%20(151)%202345.6788']) {
    const answer = await call({ method: 'GET', path: `${blocklist.path}/${spelling}` });
    expect(answer.body, spelling).toEqual(german);
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  }
  expect(await unversioned.user('+4915123456788')).toEqual(german);
  expect(await blocklist.user(BSUID)).toMatchObject({ blocked: true, user_id: BSUID });
  for (const name of [MEXICAN.sent, MEXICAN.waId]) {
    expect(await blocklist.user(name), name).toMatchObject({ blocked: true, wa_id: MEXICAN.waId });
  }
  const stranger = { blocked: false, state: 'unknown', reconciled_at: null };
  expect(await blocklist.user('+16502530000')).toEqual(stranger);

  const removed = await unversioned.unblock([spelled('4915123456788'), MEXICAN.digits], { reason: 'apologised' });
  expect(removed.status).toBe(200);
  expect(removed.body).toEqual({
    messaging_product: 'whatsapp',
    block_users: {
      removed_users: [
        { input: spelled('4915123456788'), wa_id: '4915123456788' },
        { input: MEXICAN.digits, wa_id: MEXICAN.waId },
      ],
    },
  });
  expect(await simulator.list(id)).toEqual([BSUID]);
  expect(await blocklist.blocked()).toEqual([BSUID]);
  expect(await blocklist.user('4915123456788')).toEqual({
    blocked: false,
    state: 'unblocked',
    wa_id: '4915123456788',
    source: 'api',
    reconciled_at: null,
  });

  for (const name of ['+4915123456788', MEXICAN.sent, MEXICAN.waId]) {
    const events = await blocklist.history(name);
    expect(events, name).toEqual([
      { ...made('unblock'), reason: 'apologised' },
      { ...made('block'), reason: 'threatened an agent', on_behalf_of: 'ana@support' },
    ]);
    expect(Date.parse(events[0]?.at ?? '')).toBeGreaterThan(Date.parse(events[1]?.at ?? ''));
  }
  expect(await unversioned.history(BSUID)).toHaveLength(1);
});

function made(action: 'block' | 'unblock') {
  return {
    at: expect.any(String),
    action,
    outcome: 'succeeded',
    actor: expect.stringMatching(/^arn:aws:iam::/),
    source: 'api',
    operation_id: expect.stringMatching(/^[0-9A-Z]{26}$/),
  };
}

test('users that Graph refuses fail alone, each with its code, and their history says so', async () => {
  const id = phoneNumberId('refused users');
  const blocklist = new Blocklist(id);
  const [fine = '', silent = '', business = '', landline = '', own = ''] = phoneNumbers(5);
  await simulator.setOptions({ numbers: { [id]: { ownNumber: own } } });
  await simulator.changeUsers({
    lastInboundAt: { users: [silent], at: null },
    businessAccounts: { add: [business] },
    invalidNumbers: { add: [landline] },
  });

  const answer = await blocklist.block([silent, fine, 'call me', business, landline, own], { reason: 'spam' });
  expect(answer.status).toBe(400);
  const failure = (input: string, code: number) =>
    expect.objectContaining({ input, errors: [expect.objectContaining({ code })] });
  expect(answer.body).toMatchObject({
    messaging_product: 'whatsapp',
    block_users: {
      added_users: [{ input: fine, wa_id: fine }],
      failed_users: [
        failure(silent, 131047),
        failure('call me', 100),
        failure(business, 100),
        failure(landline, 131047),
        failure(own, 131021),
      ],
    },
    error: { code: 139100, fbtrace_id: expect.any(String) },
  });
  expect(await simulator.list(id)).toEqual([fine]);
  expect(await blocklist.blocked()).toEqual([fine]);
  expect(await blocklist.user(silent)).toMatchObject({ blocked: false, state: 'unknown' });
  expect(await blocklist.history(silent)).toMatchObject([
    { action: 'block', outcome: 'failed', code: 131047, reason: 'spam' },
  ]);
  expect(await blocklist.history(own)).toMatchObject([{ outcome: 'failed', code: 131021 }]);
});

test('a list is read page by page along the links of the answers, forwards and backwards', async () => {
  const id = phoneNumberId('paging');
  const users = [...phoneNumbers(22), ...businessScopedIds(3)];
  await new Blocklist(id).block(users, { reason: 'spam' });

  for (const blocklist of [new Blocklist(id), new Blocklist(id, null)]) {
    const pages = await collect(blocklist.pages('?limit=10'));
    expect(pages.map(({ data }) => data.length)).toEqual([10, 10, 5]);
    expect(pages.flatMap(({ data }) => data.map(idOf)).toSorted()).toEqual(users.toSorted());
    expect(pages[0]?.paging.previous).toBeUndefined();
    expect(pages[2]?.paging.next).toBeUndefined();

    const back = await follow(pages[2]?.paging.previous ?? '');
    expect(back.body).toMatchObject({ data: pages[1]?.data });
  }

  const answer = await call({ method: 'GET', path: `${new Blocklist(id).path}?limit=25` });
  expect(answer.headers.get('x-blocklist-reconciled-at')).toBe('never');
  expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);

  // `fields` goes along with the links.
  const named = await collect(
    new Blocklist(id).pages('?fields=wa_id,input,reason,blocked_at,blocked_by,source&limit=20'),
  );
  expect(named).toHaveLength(2);
  const withNumber = named.flatMap(({ data }) => data).filter(({ wa_id }) => wa_id !== undefined);
  expect(withNumber).toHaveLength(22);
  for (const user of withNumber) {
    expect(user).toEqual({
      wa_id: user.wa_id,
      input: `+${user.wa_id}`,
      reason: 'spam',
      blocked_at: expect.any(String),
      blocked_by: expect.stringMatching(/^arn:aws:iam::/),
      source: 'api',
    });
  }
});

test('paging while others block and unblock misses no user who stayed, and shows none twice', async () => {
  const blocklist = new Blocklist(phoneNumberId('moving list'));
  const users = phoneNumbers(40);
  await blocklist.block(users);
  const pages = blocklist.pages('?limit=10');
  const seen: string[] = [];
  const leave: string[] = [];
  for (let page = await pages.next(); !page.done; page = await pages.next()) {
    const ids = page.value.data.map(idOf);
    seen.push(...ids);
    // The user at the cursor leaves the list, with half of the page, and others join it.
    const going = ids.filter((_, index) => index % 2 === 1).concat(ids.at(-1) ?? []);
    leave.push(...going);
    expect((await blocklist.unblock(going)).status).toBe(200);
    if (seen.length <= 20) expect((await blocklist.block(phoneNumbers(4, 1000 + seen.length))).status).toBe(200);
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(users.filter((user) => !seen.includes(user))).toEqual([]);
  expect((await blocklist.blocked()).filter((user) => leave.includes(user))).toEqual([]);
});

test('source=graph shows what Graph itself has, and says when the list changed between two pages', async () => {
  const id = phoneNumberId('graph list');
  const blocklist = new Blocklist(id);
  const external = [...phoneNumbers(24), ...businessScopedIds(1)];
  await simulator.changeList(id, { add: external });

  const pages = await collect(blocklist.pages('?source=graph&limit=10'));
  expect(pages.flatMap(({ data }) => data.map(idOf))).toEqual(external);
  expect(await blocklist.blocked()).toEqual([]);

  const [first] = pages;
  await simulator.changeList(id, { remove: external.slice(0, 1) });
  const changed = await follow(first?.paging.next ?? '');
  expect(changed.status).toBe(400);
  expect(changed.body).toMatchObject({ error: { code: 139102, fbtrace_id: expect.any(String) } });
  const again = await collect(blocklist.pages('?source=graph&limit=10'));
  expect(again.flatMap(({ data }) => data.map(idOf))).toEqual(external.slice(1));
});

async function collect<T>(pages: AsyncGenerator<Page<T>>): Promise<Page<T>[]> {
  const all: Page<T>[] = [];
  for await (const page of pages) all.push(page);
  return all;
}
