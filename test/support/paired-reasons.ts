import type { Operation } from '../../lambdas/core/changes/operation.ts';
import type { AuditEvent } from '../../lambdas/core/history/audit-event.ts';
import type { Job } from '../../lambdas/core/jobs/job.ts';
import type { MirrorWrite } from '../../lambdas/core/ports/user-store.ts';
import type { Reasons } from '../../lambdas/core/users/asked.ts';
import { isAlias } from '../../lambdas/core/users/mirror.ts';
import { InMemoryBlocklistStore, InMemoryJobStore } from './in-memory-store.ts';

/** The reason code that the requests of unit tests have beside a reason. */
export function codeOf(reason: string | undefined): string | undefined {
  return reason && `for_${reason.toLowerCase().replace(/[^a-z0-9]+/g, '_')}`.slice(0, 32);
}

/** Wherever a reason goes, its code goes with it; and a code comes from nowhere. */
function requirePair(where: string, { reason, reasonCode }: Reasons): void {
  if (reasonCode === codeOf(reason)) return;
  throw new Error(`${where} has the reason ${reason} and the code ${reasonCode}`);
}

/**
 * The stores of the unit tests. Whatever core writes in any of them, in whatever order of crashes and overlaps, must have the
 * code that belongs to its reason. Set `isPaired` to false in a test that gives one of the two alone.
 */
export class PairedBlocklistStore extends InMemoryBlocklistStore {
  isPaired = true;

  #require(where: string, reasons: Reasons): void {
    if (this.isPaired) requirePair(where, reasons);
  }

  override async putUsers(phoneNumberId: string, writes: readonly MirrorWrite[]): Promise<string[]> {
    for (const { next } of writes) {
      if (isAlias(next)) continue;
      this.#require('A user', next);
      if (next.lastFailure) this.#require('The last failure of a user', next.lastFailure);
    }
    return super.putUsers(phoneNumberId, writes);
  }

  override async appendEvents(phoneNumberId: string, events: readonly AuditEvent[]): Promise<void> {
    for (const event of events) this.#require('An audit event', event);
    return super.appendEvents(phoneNumberId, events);
  }

  override async startOperation(operation: Operation): Promise<void> {
    this.#require('An operation', operation);
    return super.startOperation(operation);
  }

  override async resumeOperation(operation: Operation): Promise<void> {
    this.#require('An operation', operation);
    return super.resumeOperation(operation);
  }
}

export class PairedJobStore extends InMemoryJobStore {
  isPaired = true;

  override async createJob(...args: Parameters<InMemoryJobStore['createJob']>) {
    this.#require(args[0]);
    return super.createJob(...args);
  }

  override async createJobs(batch: Parameters<InMemoryJobStore['createJobs']>[0]): Promise<void> {
    for (const { job } of batch) this.#require(job);
    return super.createJobs(batch);
  }

  #require(job: Job): void {
    if (this.isPaired) requirePair('A job', job);
  }
}
