/** The objectives of the service, as alarms know them. `docs/runbook.md` has them for people. */
export const OBJECTIVES = {
  /** The share of requests that may fail through the service itself. */
  faultShare: 0.001,
  /** The same, if the month's allowance would be gone in two days. */
  fastFaultShare: 0.0144,
  overheadMs: 300,
  openOperationMinutes: 25,
  expiryLatenessMinutes: 10,
  listPercent: 90,
} as const;
