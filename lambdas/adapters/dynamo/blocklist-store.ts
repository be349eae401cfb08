import type { ScheduledAction } from '../../core/changes/attempt-context.ts';
import type { Completion, OpenOperation, Resolution } from '../../core/changes/operation.ts';
import type { ServiceEvent } from '../../core/events/event.ts';
import type { EventPage, EventPlace, NumberEvent } from '../../core/history/audit-event.ts';
import { EVERY_NUMBER } from '../../core/ids.ts';
import type {
  BlocklistStore,
  DriftWrite,
  ListedAlias,
  OperationPage,
  OverdueOperations,
  ReconciliationEnd,
} from '../../core/ports/blocklist-store.ts';
import type { ErasedUser, Erasure } from '../../core/ports/erasure-store.ts';
import type { ListPage, ListQuery } from '../../core/ports/list-page.ts';
import type { ProtectionChange, ProtectionEnd } from '../../core/ports/protected-store.ts';
import type { ProtectedUser } from '../../core/protection/protected-user.ts';
import type { NumberSummary, ReconcileFailure, ReconcileRequest } from '../../core/users/number-summary.ts';
import { eraseEvents, eraseUsers, listAliasesOf, listEventPlaces, startErasure } from './erase.ts';
import { listMirror } from './list-mirror.ts';
import { listScheduledUsers } from './list-scheduled-users.ts';
import { putUsersWithEvents } from './mirror-item.ts';
import { listNumbers } from './numbers.ts';
import { listOpenOperations, listOverdueOperations } from './open-operations.ts';
import { resolveOperation } from './operations.ts';
import { addEvents, recordEvent } from './outbox.ts';
import { pageBlocked } from './page-blocked.ts';
import { pageOperations } from './page-operations.ts';
import { changeProtection, endProtection, listProtected } from './protected-users.ts';
import {
  failReconciliation,
  finishReconciliation,
  noteGone,
  requestReconciliation,
  takeOutOfUse,
  tellFullness,
} from './reconciled-numbers.ts';
import type { TransactItems } from './transact.ts';
import { DynamoUserStore } from './user-store.ts';
import { getSummaries, getUsersOfNumbers, pageEventsOfNumbers } from './users-of-numbers.ts';
import { eraseFromEvents } from './waiting-events.ts';

/** The mirror, the history and the operations in DynamoDB. Access patterns and keys: `docs/data-model.md`. */
export class DynamoBlocklistStore extends DynamoUserStore implements BlocklistStore {
  protected override recorded({ event }: Completion): TransactItems {
    return recordEvent(this.table, event);
  }

  getUsersOfNumbers(wanted: ReadonlyMap<string, readonly string[]>, consistent = false) {
    return getUsersOfNumbers(this.table, wanted, consistent);
  }

  pageEventsOfNumbers(wanted: ReadonlyMap<string, readonly string[]>, page: EventPage): Promise<NumberEvent[]> {
    return pageEventsOfNumbers(this.table, wanted, page);
  }

  getSummaries(phoneNumberIds: readonly string[]): Promise<Map<string, NumberSummary>> {
    return getSummaries(this.table, phoneNumberIds);
  }

  listMirror(phoneNumberId: string) {
    return listMirror(this.table, phoneNumberId);
  }

  listScheduledUsers(scheduledAction: ScheduledAction, now: string) {
    return listScheduledUsers(this.table, scheduledAction, now);
  }

  putUsersWithEvents(phoneNumberId: string, writes: readonly DriftWrite[]): Promise<string[]> {
    return putUsersWithEvents(this.target(phoneNumberId), writes);
  }

  pageBlocked(phoneNumberId: string, query: ListQuery): Promise<ListPage> {
    return pageBlocked(this.table, phoneNumberId, query);
  }

  finishReconciliation(phoneNumberId: string, end: ReconciliationEnd): Promise<void> {
    return finishReconciliation(this.table, phoneNumberId, end);
  }

  failReconciliation(phoneNumberId: string, failure: ReconcileFailure, event?: ServiceEvent): Promise<string> {
    return failReconciliation(this.table, phoneNumberId, { failure, event });
  }

  tellFullness(event: Parameters<BlocklistStore['tellFullness']>[0]): Promise<void> {
    return tellFullness(this.table, event);
  }

  noteGone(phoneNumberId: string, at: string): Promise<string> {
    return noteGone(this.table, phoneNumberId, at);
  }

  async takeOutOfUse(phoneNumberId: string, at: string): Promise<void> {
    await takeOutOfUse(this.table, phoneNumberId, { at, auditDays: this.retention.auditDays });
    this.forget(phoneNumberId);
  }

  requestReconciliation(phoneNumberId: string, request: ReconcileRequest, over: string | undefined): Promise<boolean> {
    return requestReconciliation(this.table, phoneNumberId, { request, over });
  }

  listNumbers(page: { limit: number; after?: string | undefined }): Promise<string[]> {
    return listNumbers(this.table, page);
  }

  pageOperations(phoneNumberId: string, page: Parameters<BlocklistStore['pageOperations']>[1]): Promise<OperationPage> {
    return pageOperations(this.table, phoneNumberId, page);
  }

  resolveOperation(operation: OpenOperation, resolution: Resolution): Promise<void> {
    return resolveOperation(this.table, operation, resolution);
  }

  listOpenOperations(phoneNumberId: string): Promise<OpenOperation[]> {
    return listOpenOperations(this.table, phoneNumberId);
  }

  listAliasesOf(phoneNumberId: string, users: readonly string[]): Promise<ListedAlias[]> {
    return listAliasesOf(this.table, phoneNumberId, users);
  }

  listEventPlaces(phoneNumberId: string, users: readonly string[]): Promise<EventPlace[]> {
    return listEventPlaces(this.table, phoneNumberId, users);
  }

  eraseEvents(phoneNumberId: string, places: readonly EventPlace[]): Promise<void> {
    return eraseEvents(this.table, phoneNumberId, places);
  }

  eraseUsers(phoneNumberId: string, writes: readonly ErasedUser[]) {
    return eraseUsers(this.target(phoneNumberId), writes);
  }

  eraseFromEvents(ids: readonly string[]): Promise<number> {
    return eraseFromEvents(this.table, ids);
  }

  addEvents(events: readonly ServiceEvent[]): Promise<void> {
    return addEvents(this.table, events);
  }

  startErasure(erasure: Erasure): Promise<void> {
    return startErasure(this.table, erasure, this.retention.auditDays);
  }

  listOverdueOperations(now: string): Promise<OverdueOperations> {
    return listOverdueOperations(this.table, now);
  }

  listProtected(): Promise<ProtectedUser[]> {
    return listProtected(this.table);
  }

  changeProtection(change: ProtectionChange): Promise<boolean> {
    return changeProtection(this.target(EVERY_NUMBER), change);
  }

  endProtection(end: ProtectionEnd): Promise<boolean> {
    return endProtection(this.target(EVERY_NUMBER), end);
  }
}
