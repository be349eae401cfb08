import { forEachBaseUrl } from './providers.ts';

/** Environment variables of the functions. Each handler reads and validates only those that its ports need. */
export const ENV = {
  tableName: 'TABLE_NAME',
  secretArn: 'TOKEN_SECRET_ARN',
  stateMachineArn: 'BULK_STATE_MACHINE_ARN',
  jobLanes: 'JOB_LANES',
  reconciliationArn: 'RECONCILIATION_STATE_MACHINE_ARN',
  graphVersion: 'GRAPH_VERSION',
  ...forEachBaseUrl((provider) => `${provider.toUpperCase()}_BASE_URL`),
  graphTimeoutMs: 'GRAPH_TIMEOUT_MS',
  chunkSize: 'CHUNK_SIZE',
  listLimit: 'LIST_LIMIT',
  auditRetentionDays: 'AUDIT_RETENTION_DAYS',
  jobRetentionDays: 'JOB_RETENTION_DAYS',
  tombstoneDays: 'TOMBSTONE_DAYS',
  logRetentionDays: 'LOG_RETENTION_DAYS',
  jobDeadlineHours: 'JOB_DEADLINE_HOURS',
  jobIdleMinutes: 'JOB_IDLE_MINUTES',
  deferDays: 'DEFER_DAYS',
  trustUnsigned: 'TRUST_UNSIGNED_WEBHOOKS',
  openJobsPerNumber: 'OPEN_JOBS_PER_NUMBER',
  openJobsPerCaller: 'OPEN_JOBS_PER_CALLER',
  reconciliationsPerHour: 'RECONCILIATIONS_PER_HOUR',
  tokenWarningDays: 'TOKEN_WARNING_DAYS',
  eventUsers: 'EVENT_USERS',
  reasonCodes: 'REASON_CODES',
  requireReason: 'REQUIRE_REASON',
  serviceStage: 'SERVICE_STAGE',
  publicUrl: 'PUBLIC_URL',
  callerNumbers: 'CALLER_NUMBERS',
  keysTableName: 'KEYS_TABLE_NAME',
  eventBusName: 'EVENT_BUS_NAME',
  keyPublicUrl: 'KEY_PUBLIC_URL',
  scope: 'ROUTE_SCOPE',
  metrics: 'METRICS',
} as const;

/** The settings that functions get one by one. All others come with a grant, or are the same for all functions. */
export type SettingName = Exclude<
  keyof typeof ENV,
  | 'tableName'
  | 'secretArn'
  | 'stateMachineArn'
  | 'jobLanes'
  | 'reconciliationArn'
  | 'serviceStage'
  | 'publicUrl'
  | 'callerNumbers'
  | 'keysTableName'
  | 'eventBusName'
  | 'keyPublicUrl'
  | 'scope'
  | 'metrics'
>;
