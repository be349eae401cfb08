/** Limits of Graph (`graph-api.md`), of AWS, and of this service's contract. */
export const LIMITS = {
  /** Entries in one request of a caller. One list cannot hold more. */
  entriesPerRequest: 64_000,
  /** Bytes of a request body. Lambda's synchronous payload limit. */
  bodyBytes: 6 * 1024 * 1024,
  /** Users that one list can hold (Meta). */
  listSize: 64_000,
  /** Users that Meta takes in one request. */
  usersPerGraphRequest: 1_000,
  reasonCharacters: 256,
  /** Reason codes of one deployment. */
  reasonCodes: 50,
  onBehalfOfCharacters: 128,
  idempotencyKeyCharacters: 255,
  /** Retries of one job. Each of them, and a cancellation of its run, is stored in the job's item. */
  retriesPerJob: 50,
  /** Users of one look-up. */
  usersPerLookup: 1_000,
  /** Numbers of one request for jobs, whether it names them or is for all. */
  numbersPerRequest: 1_000,
  /** Phone number ids of a key: API Gateway hands them on with each of its calls. */
  numbersPerKey: 100,
  /** Protected users. Whoever blocks keeps the ids of all of them in memory. */
  protectedUsers: 1_000,
  /** Users of one dry run, over all of its numbers: each is read, and a caller waits. */
  usersPerDryRun: 192_000,
  /** Users that the answer to a dry run lists. */
  resultsPerDryRun: 1_000,
  /** The most years after which a temporary block may end. */
  blockYears: 5,
  /** Characters of one of Graph's cursors, which have about a hundred. Many more would not fit into its URL. */
  graphCursorCharacters: 2_048,
  pageSize: 1_000,
  defaultPageSize: 100,
  /** Seconds that API Gateway waits for an integration. */
  apiGatewaySeconds: 29,
} as const;
