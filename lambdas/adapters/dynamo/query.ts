import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { fromItem, type Item, type Table } from './table.ts';

/** Every item of a query, page by page, as DynamoDB gives them. A query ends at 1 MB even if there are more. */
export async function* queryPages(
  table: Table,
  query: Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>,
): AsyncGenerator<Item[]> {
  let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey'];
  do {
    const answer = await table.client.send(new QueryCommand({ ...query, TableName: table.name, ExclusiveStartKey }));
    yield (answer.Items ?? []).map((item) => fromItem(item));
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

export async function queryAll(table: Table, query: Parameters<typeof queryPages>[1]): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of queryPages(table, query)) items.push(...page);
  return items;
}
