/** Table, index and attribute names. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  ttl: 'ttl',
  scheduledIndex: 'scheduled',
  scheduledBucket: 'scheduledBucket',
  scheduledAt: 'scheduledAt',
} as const;
