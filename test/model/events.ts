import type { RecordedOperation } from '../../lambdas/core/changes/operation.ts';
import type { DetailOf, ServiceEvent } from '../../lambdas/core/events/event.ts';
import { InMemoryOutbox } from '../support/in-memory-outbox.ts';
import { NUMBERS } from './commands.ts';
import { allJobs } from './reverts.ts';
import type { ModelService } from './service.ts';

/** Each event has arrived, one that arrived twice is the same, and each end of a job and each scheduled change is told of once. */
export async function wrongEvents(service: ModelService): Promise<string[]> {
  const broken: string[] = [];
  const { outbox } = service.stored;
  for await (const page of outbox.listEvents('9999'))
    broken.push(...page.map(({ place }) => `${place.id} still waits`));

  const arrived = new Map<string, ServiceEvent>();
  for (const event of service.bus.published) {
    const { id } = event.detail;
    const before = arrived.get(id);
    if (before && !isSame(before, event)) broken.push(`two different events are both ${id}`);
    arrived.set(id, event);
  }
  if (outbox instanceof InMemoryOutbox) {
    for (const { detail } of outbox.recorded) if (!arrived.has(detail.id)) broken.push(`${detail.id} never arrived`);
  }
  const events = [...arrived.values()];
  return [...broken, ...(await wrongEnds(service, events)), ...(await wrongCounts(service, events))];
}

/** But for who was erased while it waited. */
function isSame(one: ServiceEvent, other: ServiceEvent): boolean {
  const told = ({ type, detail }: ServiceEvent) => JSON.stringify({ type, ...detail, users: undefined });
  return told(one) === told(other);
}

async function wrongEnds(service: ModelService, events: readonly ServiceEvent[]): Promise<string[]> {
  const ends = events.flatMap((event) => (event.type === 'Job Finished' ? [event.detail] : []));
  const broken: string[] = [];
  for (const job of await allJobs(service)) {
    const own = ends.filter(({ job_id }) => job_id === job.id).sort((a, b) => a.run - b.run);
    const runs = Array.from({ length: job.run }, (_, index) => index + 1);
    if (own.map(({ run }) => run).join() !== runs.join()) {
      broken.push(`job ${job.id} has ${job.run} runs, and events of the end of ${own.map(({ run }) => run)}`);
    }
    if (own.at(-1) && !agrees(own.at(-1), job)) broken.push(`job ${job.id} ended otherwise than its event says`);
  }
  return broken;
}

function agrees(told: DetailOf<'Job Finished'> | undefined, job: Awaited<ReturnType<typeof allJobs>>[number]): boolean {
  const { succeeded, failed, deferred } = job.progress?.users ?? {};
  return (
    told?.status === job.status &&
    told.users.succeeded === succeeded &&
    told.users.failed === failed &&
    told.users.deferred === deferred
  );
}

/** The events of an operation add up to what the operation did. */
async function wrongCounts(service: ModelService, events: readonly ServiceEvent[]): Promise<string[]> {
  const counts = new Map<string, number>();
  for (const { type, detail } of events) {
    if (type !== 'Block Expired' && type !== 'Deferred Block Applied') continue;
    counts.set(detail.operation_id, (counts.get(detail.operation_id) ?? 0) + detail.count);
  }
  const broken: string[] = [];
  for (const number of NUMBERS) {
    const { operations } = await service.stored.store.pageOperations(number, { limit: 1_000 });
    for (const operation of operations) {
      const { operationId, succeeded = 0 } = operation;
      const told = counts.get(operationId) ?? 0;
      if (told !== (isScheduled(operation) ? succeeded : 0)) {
        broken.push(`operation ${operationId} changed ${succeeded} users for the mirror, and events say ${told}`);
      }
    }
  }
  return broken;
}

/** A webhook blocks the deferred who write, and moves the blocks of those who change their id. */
function isScheduled({ source, action, defer, blockedBy }: RecordedOperation): boolean {
  if (source === 'expiry') return true;
  return action === 'block' && (source === 'deferred' || (source === 'webhook' && defer === true && !blockedBy));
}
