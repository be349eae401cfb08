import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { AuditEvent, EventPage } from '../../core/history/audit-event.ts';
import { parseEvent } from './audit-event.ts';
import { keys } from './keys.ts';
import { fromItem, type Table, toItem } from './table.ts';

/** The separate events of one id on one number, newest first. */
export async function queryEvents(
  table: Table,
  { phoneNumberId, user }: { readonly phoneNumberId: string; readonly user: string },
  page: Omit<EventPage, 'until'>,
): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  let start: ReturnType<typeof toItem> | undefined;
  do {
    const answer = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: page.before === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :before',
        ExpressionAttributeValues: toItem({ ':pk': keys.history(phoneNumberId, user), ':before': page.before }),
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: page.limit - events.length,
        ExclusiveStartKey: start,
      }),
    );
    for (const item of answer.Items ?? []) events.push(parseEvent(fromItem(item)));
    // A query ends at 1 MB, even if there are more of the requested events.
    start = answer.LastEvaluatedKey;
  } while (start && events.length < page.limit);
  return events;
}
