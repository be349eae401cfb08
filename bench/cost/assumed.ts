/** What no run here can count, and where each figure is from. Everything else in the tables is counted. */
export const ASSUMED = {
  /** Hours of a month, as AWS reckons. */
  hoursPerMonth: 730,
  /**
   * Megabytes at which Lambda gives a whole CPU; below that a share of it, so that what took a millisecond of CPU takes longer.
   * A core of the machine that counted is taken for one of Lambda's.
   * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
   */
  wholeCpuMb: 1_769,
  /** Bytes of what Lambda itself logs of a call in its JSON format: `platform.start` and `platform.report`. */
  lambdaLogBytes: 700,
  /** Bytes of an access log line of API Gateway, in the format of `lib/constructs/api.ts`. */
  accessLogBytes: 450,
  /** Bytes of a line of a workflow's log: one for each event of its history, without data, with the execution's ARN. */
  workflowLogBytes: 600,
  /** Bytes that DynamoDB adds to each item's storage. */
  itemOverheadBytes: 100,
  /** Metrics of a route while it is called: count, latency, integration latency, 4xx, 5xx. By the hour in which it is. */
  metricsPerRoute: 5,
  /** Seconds for which DynamoDB keeps a caller's use of the table's key; it asks KMS again after that. */
  tableKeySeconds: 300,
} as const;
