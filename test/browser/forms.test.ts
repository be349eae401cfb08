/** Forms of the console in a real browser: reasons that a deployment requires, an erasure, and a key. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AT, consoleForEach, JOB, jobOf, NUMBER, OTHER, USER } from '../support/console-for-each.ts';
import { type Answers, exampleOf, refused } from '../support/console-service.ts';

const { service, open, sent } = consoleForEach();

const numbersOf = z.object({ data: z.array(z.looseObject({})) });

const endedJob = {
  ...jobOf('succeeded'),
  users: { total: 1, succeeded: 1, failed: 0, deferred: 0, remaining: 0 },
  finished_at: AT,
};

describe('a deployment that requires a reason', () => {
  const requires = (require_reason: 'code' | 'text'): Answers => ({
    listNumbersInUse: () => {
      const { body } = exampleOf('listNumbersInUse');
      return { body: { ...Object(body), reason_codes: ['chargeback', 'minor'], require_reason } };
    },
    getProtectedUser: () => refused(404, 'user: is not protected'),
    unblockUsers: () => ({
      body: { messaging_product: 'whatsapp', block_users: { removed_users: [{ input: USER, wa_id: USER }] } },
    }),
  });

  test('is asked for a code, one of its own, before anything is sent', async () => {
    service.answers = requires('code');
    const opened = await open(`#/user/${USER}`);
    await opened.page.getByRole('button', { name: 'Unblock…', exact: true }).click();
    const codes = opened.page.getByLabel('Reason');
    expect(await codes.locator('option').allInnerTexts()).toEqual(['Choose one…', 'chargeback', 'minor']);
    await opened.page.getByRole('button', { name: 'Unblock', exact: true }).first().click();
    await opened.expectAccessible('a code is missing');
    expect(sent('DELETE')).toEqual([]);
    await codes.selectOption('minor');
    await opened.page.getByRole('button', { name: 'Unblock', exact: true }).first().click();
    await opened.page.getByText(`Unblocked +${USER}`).waitFor();
    expect(sent('DELETE').map(([, body]) => body.reason_code)).toEqual(['minor']);
  });

  test('is asked for a note that says something, also to protect, to end that, and to undo a job', async () => {
    service.answers = requires('text');
    const opened = await open(`#/user/${USER}`);
    const { page: it } = opened;
    await it.getByRole('button', { name: 'Protect…' }).click();
    await it.getByLabel('Note').fill('   ');
    await it.getByRole('button', { name: 'Protect', exact: true }).click();
    expect(sent('PUT')).toEqual([]);
    await it.getByLabel('Note').fill('our own phone');
    await it.getByRole('button', { name: 'Protect', exact: true }).click();
    await it.getByText('Protected +').waitFor();
    expect(sent('PUT')).toEqual([[`/protected_users/${USER}`, { reason: 'our own phone' }]]);

    await opened.goTo('#/protected');
    await it
      .getByRole('button', { name: /^End the protection of/ })
      .first()
      .click();
    await it.getByLabel('Note').last().fill('sold');
    await opened.expectAccessible('end of a protection');
    await it.getByRole('button', { name: 'End protection' }).click();
    await it.getByText('No longer protected').waitFor();
    expect(sent('DELETE').map(([, body]) => body)).toEqual([{ reason: 'sold' }]);

    service.answers = {
      ...service.answers,
      getJob: () => ({ body: endedJob }),
      revertJob: () => ({ status: 202, body: jobOf('queued') }),
    };
    await opened.goTo(`#/jobs/${JOB}`);
    await it.getByRole('button', { name: 'Undo the job…' }).click();
    await opened.expectAccessible('undo of a job');
    await it.getByRole('button', { name: 'Undo the job', exact: true }).click();
    expect(sent('POST')).toEqual([]);
    await it.getByLabel('Note').fill('wrong file');
    await it.getByRole('button', { name: 'Undo the job', exact: true }).click();
    await it.getByText('The undoing has started').waitFor();
    expect(sent('POST')).toEqual([[`/jobs/${JOB}/revert`, { reason: 'wrong file' }]]);
  });

  test('as long as its codes cannot be read, any can be typed, and the service says what it knows', async () => {
    service.answers = {
      listNumbersInUse: () => refused(403, 'no'),
      getProtectedUser: () => refused(404, 'user: is not protected'),
    };
    const opened = await open(`#/user/${USER}`);
    await opened.page.getByRole('button', { name: 'Protect…' }).click();
    await opened.page.getByLabel('Reason').fill('typed');
    await opened.expectAccessible('codes that are not known');
    service.answers = { listNumbersInUse: requires('code').listNumbersInUse ?? (() => refused(403, 'no')) };
    // Whoever opens a form again is offered them.
    await opened.page.keyboard.press('Escape');
    await opened.goTo('#/protected');
    await opened.page.locator('select[name=reason_code]').waitFor();
  });
});

describe('an erasure', () => {
  const receipt = {
    erased: { numbers: 2, events: 5, items: 2, aliases: 1 },
    standing: [{ phone_number_id: NUMBER, state: 'blocked', code: 131047 }],
    remains: [
      { where: 'jobs', until: '2027-01-31T10:00:00.000Z', job_ids: [JOB], why: 'These jobs changed the user' },
      { where: 'graph', why: "Graph's own list has them" },
    ],
  };

  test('is done after the id was typed; then there is its receipt, on the page and to save', async () => {
    const on = (phone_number_id: string) => ({
      phone_number_id,
      ...{ blocked: true, state: 'blocked', wa_id: USER, reconciled_at: null },
    });
    service.answers = {
      eraseUser: () => ({ body: receipt }),
      listNumbersInUse: () => {
        const { body } = exampleOf('listNumbersInUse');
        const { data } = numbersOf.parse(body);
        return { body: { ...Object(body), data: [...data, { ...data[0], phone_number_id: OTHER }] } };
      },
      getUserEverywhere: () => ({
        body: { protected: false, data: [on(NUMBER), on(OTHER)], paging: { cursors: {} } },
      }),
    };
    const opened = await open(`#/user/${USER}`);
    const { page: it } = opened;
    await it.getByLabel('Acting for').fill('ana@support');
    await it.getByRole('link', { name: 'Erase this person…' }).click();
    const button = it.getByRole('button', { name: 'Erase for good' });
    expect(await button.isDisabled()).toBe(true);
    await it.getByLabel('To confirm, type the id').fill('+1 650 555 1235');
    expect(await button.isDisabled()).toBe(true);
    await it.getByLabel('To confirm, type the id').fill('+1 (650) 555-1234');
    expect(await it.locator('[name=unblock]:checked').count()).toBe(0);
    expect(await button.isDisabled()).toBe(true);
    await it.getByLabel('Unblock them first').check();
    await it.getByLabel('Only some').check();
    await it.getByLabel(NUMBER, { exact: true }).uncheck();
    expect(await button.isDisabled()).toBe(true);
    await it.getByLabel(NUMBER, { exact: true }).check();
    await it.getByLabel(OTHER, { exact: true }).check();
    await opened.expectAccessible('erasure');
    expect(sent('POST')).toEqual([]);
    await button.click();
    await it.getByText(`Erased: +${USER}`).waitFor();
    expect(sent('POST')).toEqual([[`/users/${USER}/erase`, { unblock: true, phone_number_ids: [NUMBER, OTHER] }]]);
    const text = await opened.text();
    for (const part of [
      '1 block stands',
      'code 131047',
      'These jobs changed the user',
      JOB,
      "WhatsApp's own list",
      'no end',
    ])
      expect(text).toContain(part);
    await opened.expectAccessible('receipt');
    // The receipt is not saved: leaving the page asks, and stays if the person says no.
    expect(text).toContain(`Unblocked on ${OTHER}.`);
    expect(text).toContain('Not saved yet');
    const asked: string[] = [];
    it.on('dialog', (dialog) => {
      asked.push(dialog.message());
      void dialog.dismiss();
    });
    await it.getByRole('navigation').getByRole('link', { name: 'Jobs' }).click();
    await expect.poll(() => asked).toEqual([expect.stringContaining('The receipt is not saved yet')]);
    await it.getByText(`Erased: +${USER}`).waitFor();
    expect(await it.evaluate('location.hash')).toBe(`#/erase/${USER}`);
    const [file] = await Promise.all([
      it.waitForEvent('download'),
      it.getByRole('button', { name: 'Save the receipt' }).click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/^erased-\d{4}-\d\d-\d\d\.json$/);
    expect(JSON.parse(readFileSync(await file.path(), 'utf8'))).toEqual({
      erased_at: expect.stringMatching(/^\d{4}-/),
      on_behalf_of: 'ana@support',
      asked: { unblock: true, phone_number_ids: [NUMBER, OTHER] },
      unblocked_on: [OTHER],
      receipt,
    });
    // It is saved: nothing is asked.
    expect(await opened.text()).not.toContain('Not saved yet');
    await opened.goTo('#/jobs');
    await it.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    expect(asked).toHaveLength(1);
  });

  test('that has not ended is sent again, the same; whoever may not do it is told', async () => {
    service.answers = { eraseUser: () => refused(503, 'Not everything is erased yet', { 'retry-after': '1' }) };
    const opened = await open('#/erase/US.13491208655302741918');
    const { page: it } = opened;
    await it.getByLabel('To confirm, type the id').fill('US.13491208655302741918');
    await it.getByLabel('Keep the block').check();
    await it.getByRole('button', { name: 'Erase for good' }).click();
    await it.getByText('Not everything is erased yet').waitFor();
    await opened.expectAccessible('not yet erased');
    service.answers = { eraseUser: () => refused(403, 'User is not authorized') };
    await it.getByRole('button', { name: 'Try again' }).click();
    await it.getByText('You may not do this').waitFor();
    const call = ['/users/US.13491208655302741918/erase', { unblock: false }];
    expect(sent('POST')).toEqual([call, call]);
  });
});

test('a key is made for what it may do, on some numbers, for some days; it is shown this once', async () => {
  const opened = await open('#/keys');
  const { page: it } = opened;
  await it.getByRole('button', { name: 'Make a key…' }).click();
  await expect.poll(() => it.evaluate('document.activeElement.name')).toBe('name');
  await it.getByLabel('Name of the caller').fill('support desk');
  await it.getByLabel('write: also').check();
  await it.getByLabel('Only some').check();
  await it.getByLabel(NUMBER, { exact: true }).check();
  await it.getByLabel('Works for so many days').fill('731');
  await it.getByRole('button', { name: 'Make the key' }).click();
  // Neither the name nor the days will do.
  await it.getByLabel('Name of the caller').fill('support-desk');
  await it.getByRole('button', { name: 'Make the key' }).click();
  await opened.expectAccessible('key form');
  expect(sent('POST')).toEqual([]);
  await it.getByLabel('Works for so many days').fill('90');
  await it.getByRole('button', { name: 'Make the key' }).click();
  await it.getByText('it is shown this once').waitFor();
  await opened.expectAccessible('a key');
  const body = { name: 'support-desk', scopes: ['read', 'write'], phone_number_ids: [NUMBER], expires_in: 7_776_000 };
  expect(sent('POST')).toEqual([['/keys', body]]);
  const asked: string[] = [];
  it.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void dialog.dismiss();
  });
  await it.getByRole('navigation').getByRole('link', { name: 'Jobs' }).click();
  await expect.poll(() => asked).toEqual([expect.stringContaining('The key is not saved yet')]);
  expect(await opened.text()).toContain('it is shown this once');
  await it.getByRole('button', { name: 'I have saved it' }).click();
  expect(await opened.text()).not.toContain('it is shown this once');
});
