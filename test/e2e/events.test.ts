/**
 * What happens is told to other services, at least once, whatever happens to the function that publishes it and to the bus: here
 * to a chat, by the rule and the function of `docs/events/post-message.yaml`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../local/until.ts';
import { type EventLine, startChat, startEventLine, type TakenEvent } from './support/event-line.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { killFunction, SEES_PROCESSES } from './support/processes.ts';
import { busName, createStack, redirectPublisher } from './support/publisher.ts';
import { acceptedJob, Blocklist, control, endOf } from './support/service.ts';
import { calmAfterEach } from './support/simulator.ts';

calmAfterEach();

const ASYNC = { headers: { Prefer: 'respond-async' } };
const TEMPLATE = join(import.meta.dirname, '../../docs/events/post-message.yaml');

let line: EventLine;
let chat: Awaited<ReturnType<typeof startChat>>;
beforeAll(async () => {
  line = await startEventLine();
  chat = await startChat();
  const BusName = await busName();
  await createStack('PostMessage', readFileSync(TEMPLATE, 'utf8'), { BusName, WebhookUrl: chat.url });
});
afterAll(async () => {
  await line.stop();
  await chat.stop();
});

/** A job that has ended; gives its id. */
async function endedJob(users: readonly string[]): Promise<string> {
  const job = await endOf(acceptedJob(await new Blocklist(phoneNumberId('told')).block(users, ASYNC)));
  expect(job.status).toBe('succeeded');
  return job.id;
}
const takenOf = (jobId: string): TakenEvent[] => line.taken.filter(({ detail }) => detail.job_id === jobId);
const postsOf = (jobId: string) => chat.texts.filter((text) => text.includes(jobId));
const posted = (jobId: string) =>
  until(`the message about ${jobId}`, async () => (postsOf(jobId).length > 0 ? postsOf(jobId) : undefined));

test('a job that ends is told, and a rule and a function bring it to a chat', async () => {
  const jobId = await endedJob(phoneNumbers(3));
  expect(await posted(jobId)).toEqual([`Job ${jobId} to block 3 users: succeeded (3 succeeded, 0 failed)`]);
});

test('an event says of which number and job it is, and who was changed it does not', async () => {
  await redirectPublisher(line.url);
  // Whom the job before has not blocked, so that there is something to revert.
  const users = phoneNumbers(3, 10);
  const jobId = await endedJob(users);
  const revert = await endOf(await control({ id: jobId }, 'revert'));
  await posted(revert.id);
  const told = [...takenOf(jobId), ...takenOf(revert.id)];
  const common = { phone_number_id: phoneNumberId('told'), status: 'succeeded', run: 1 };
  expect(told).toMatchObject([
    { type: 'Job Finished', detail: { id: `job/${jobId}/1`, action: 'block', ...common } },
    { type: 'Job Finished', detail: { id: `job/${revert.id}/1`, action: 'unblock', ...common } },
  ]);
  expect(told.map(({ detail }) => detail.sequence)).toEqual(told.map(({ detail }) => detail.sequence).toSorted());
  const text = JSON.stringify(line.taken);
  expect(users.filter((user) => text.includes(user))).toEqual([]);
});

// It takes a look at processes, which only Linux gives.
describe.runIf(SEES_PROCESSES)('a publisher that is killed', () => {
  test('after it has read an event, and before the bus has it: the event arrives', async () => {
    line.arrange('hold before');
    const jobId = await endedJob(phoneNumbers(1));
    await until('a call that is held', async () => (line.held() === 1 ? true : undefined));
    expect(takenOf(jobId)).toEqual([]);
    expect(killFunction('PublishEvents')).toBeGreaterThanOrEqual(1);
    await posted(jobId);
    expect(takenOf(jobId)).toHaveLength(1);
  });

  test('after the bus has the event, and before it left the table: it arrives again, and is the same', async () => {
    line.arrange('hold after');
    const jobId = await endedJob(phoneNumbers(1));
    await until('a call that is held', async () => (line.held() === 1 ? true : undefined));
    expect(takenOf(jobId)).toHaveLength(1);
    expect(killFunction('PublishEvents')).toBeGreaterThanOrEqual(1);
    await until('the event again', async () => (takenOf(jobId).length > 1 ? true : undefined));
    const [first, again] = takenOf(jobId);
    expect(again).toEqual(first);
  });
});

test('a bus that throttles, whole calls and single events: every job that ended is told', async () => {
  const before = line.throttled();
  // Three at a time are what the SDK tries by itself.
  line.arrange('throttle', 'throttle', 'throttle', 'throttle half', 'throttle', 'throttle half');
  const ended = await Promise.all(Array.from({ length: 5 }, () => endedJob(phoneNumbers(2))));
  for (const jobId of ended) await posted(jobId);
  expect(line.throttled() - before).toBe(6);
  const ids = ended.map((jobId) => new Set(takenOf(jobId).map(({ detail }) => detail.id)));
  expect(ids).toEqual(ended.map((jobId) => new Set([`job/${jobId}/1`])));
});
