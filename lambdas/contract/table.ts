/** Table, index and attribute names. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  ttl: 'ttl',
  dueIndex: 'due',
  dueBucket: 'dueBucket',
  dueAt: 'dueAt',
} as const;
