/** Table, index and attribute names. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  ttl: 'ttl',
  scheduledIndex: 'scheduled',
  scheduledBucket: 'scheduledBucket',
  scheduledAt: 'scheduledAt',
  /** How the partitions begin in which events wait to be published. The stream tells of these only. */
  outbox: 'OUTBOX#',
} as const;
