import { expect } from 'vitest';
import type { Operation } from '../../lambdas/core/changes/operation.ts';
import { NO_TOTALS, type Totals } from '../../lambdas/core/changes/totals.ts';
import type { ServiceEvent } from '../../lambdas/core/events/event.ts';
import type { AuditEvent } from '../../lambdas/core/history/audit-event.ts';
import type { MirrorUser } from '../../lambdas/core/users/mirror.ts';

const ACTOR = 'arn:aws:iam::111122223333:role/support';

let serial = 0;

/** A phone number id that no other test uses; one asked for later sorts behind it. */
export function freshNumber(): string {
  serial += 1;
  return `1065403${process.pid}${String(serial).padStart(4, '0')}`;
}

export function mirrorUser(user: string, change: Partial<MirrorUser> = {}): MirrorUser {
  return {
    user,
    state: 'blocked',
    input: `+${user}`,
    waId: user,
    blockedAt: '2026-11-01T12:00:00.000Z',
    actor: ACTOR,
    source: 'api',
    operationId: 'op-1',
    observedAt: '2026-11-01T12:00:00.000Z',
    callDurationMs: 40,
    change: 'added',
    revision: 1,
    ...change,
  };
}

export function auditEvent(
  user: string,
  at: string,
  more: Partial<AuditEvent> & Pick<AuditEvent, 'operationId'>,
): AuditEvent {
  return { user, at, action: 'block', outcome: 'succeeded', actor: ACTOR, source: 'api', ...more };
}

export function anOperation(phoneNumberId: string, change: Partial<Operation> = {}): Operation {
  return {
    operationId: `op-${phoneNumberId}`,
    phoneNumberId,
    action: 'block',
    startedAt: '2026-11-01T01:00:00.000Z',
    source: 'api',
    users: 2,
    actor: ACTOR,
    ...change,
  };
}

/** A number of which nothing but the counts is known: of so many users, none of them deferred or blocked for a time. */
export function countedAs(size: number) {
  return { ...ofSize(size), countsRevision: expect.any(Number) };
}

/** Counts of so many users, none of them deferred or blocked for a time. */
export function ofSize(size: number): Totals {
  return { ...NO_TOTALS, size };
}

/** The event of the end of a job. */
export function jobEnded(jobId: string, run = 1): ServiceEvent {
  const at = '2026-11-01T12:30:00.000Z';
  return {
    type: 'Job Finished',
    detail: {
      id: `job/${jobId}/${run}`,
      sequence: '01K8ZJQ5Z0N4Q2T5V7W9X1Y3ZA',
      at,
      phone_number_id: jobId.slice(0, jobId.lastIndexOf('-')),
      job_id: jobId,
      run,
      action: 'block',
      status: 'failed',
      users: { total: 4, succeeded: 0, failed: 4, deferred: 0 },
      created_at: at,
      finished_at: at,
    },
  };
}
