import { listNumbers } from './numbers.ts';
import { DynamoUserStore } from './user-store.ts';

/** Users, and the numbers in use: what a request for all numbers needs. */
export class DynamoNumbersStore extends DynamoUserStore {
  listNumbers(page: { limit: number; after?: string | undefined }): Promise<string[]> {
    return listNumbers(this.table, page);
  }
}
