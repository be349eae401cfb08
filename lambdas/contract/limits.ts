/** Limits of Graph (`graph-api.md`), of AWS, and of this service's contract. */
export const LIMITS = {
  /** Entries in one request of a caller; more than that cannot be on one list. */
  entriesPerRequest: 64_000,
  /** Bytes of a request body. Lambda's synchronous payload limit. */
  bodyBytes: 6 * 1024 * 1024,
  /** Users that one list can hold (Meta). */
  listSize: 64_000,
  /** Users that Meta takes in one request. */
  usersPerGraphRequest: 1_000,
  reasonCharacters: 256,
  onBehalfOfCharacters: 128,
  idempotencyKeyCharacters: 255,
  /** Retries of one job: each of them, and a cancellation of its run, is kept in the job's item for good. */
  retriesPerJob: 50,
  /** Users of one look-up. */
  usersPerLookup: 1_000,
  /** Phone number ids of one request for jobs. */
  numbersPerRequest: 100,
  /** Years after which a temporary block ends at the latest. */
  blockYears: 5,
  /** Characters of a cursor of Graph's own, which are of about a hundred: far more would not fit into its URL. */
  graphCursorCharacters: 2_048,
  pageSize: 1_000,
  defaultPageSize: 100,
  /** Seconds that API Gateway waits for an integration. */
  apiGatewaySeconds: 29,
} as const;
