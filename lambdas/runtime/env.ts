import * as z from 'zod/mini';
import { ENV } from '../contract/environment.ts';
import { METRIC_LEVELS } from '../contract/metrics.ts';
import { forEachBaseUrl } from '../contract/providers.ts';
import { REASON_CODE, REQUIRED_REASONS } from '../contract/reasons.ts';

const wholeText = (min: number) => z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number)).check(z.gte(min));
const text = z.string().check(z.minLength(1));
const json = z.pipe(
  z.string(),
  z.transform((value, context): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      context.issues.push({ code: 'custom', input: value, message: 'is not JSON' });
      return z.NEVER;
    }
  }),
);
const codes = z.pipe(
  z.pipe(
    z.string(),
    z.transform((value) => value.split(',')),
  ),
  z.array(z.string().check(z.regex(REASON_CODE))),
);
const flag = z.pipe(
  z.enum(['true', 'false']),
  z.transform((value) => value === 'true'),
);

const SCHEMAS = {
  tableName: text,
  secretArn: text,
  stateMachineArn: text,
  jobLanes: wholeText(1),
  reconciliationArn: text,
  graphVersion: z.string().check(z.regex(/^v\d+\.\d+$/)),
  ...forEachBaseUrl(() => z.url()),
  graphTimeoutMs: wholeText(1),
  chunkSize: wholeText(1),
  listLimit: wholeText(1),
  auditRetentionDays: wholeText(1),
  jobRetentionDays: wholeText(1),
  tombstoneDays: wholeText(1),
  logRetentionDays: wholeText(1),
  jobDeadlineHours: wholeText(1),
  jobIdleMinutes: wholeText(0),
  deferDays: wholeText(1),
  trustUnsigned: flag,
  openJobsPerNumber: wholeText(1),
  openJobsPerCaller: wholeText(1),
  reconciliationsPerHour: wholeText(1),
  tokenWarningDays: wholeText(1),
  eventUsers: flag,
  reasonCodes: codes,
  requireReason: z.enum(REQUIRED_REASONS),
  serviceStage: text,
  publicUrl: z.url(),
  keysTableName: text,
  eventBusName: text,
  keyPublicUrl: z.url(),
  scope: z.enum(['read', 'write', 'operate', 'webhook']),
  metrics: z.enum(METRIC_LEVELS),
  callerNumbers: z.pipe(json, z.record(z.string(), z.array(z.string()))),
} as const satisfies Record<keyof typeof ENV, z.ZodMiniType>;

type Values = { readonly [K in keyof typeof SCHEMAS]: z.output<(typeof SCHEMAS)[K]> };

/** One validated variable. If a function lacks it, the error has the variable's name. */
export function env<K extends keyof typeof SCHEMAS>(name: K): Values[K];
export function env(name: keyof typeof SCHEMAS): Values[keyof Values] {
  const parsed = SCHEMAS[name].safeParse(process.env[ENV[name]]);
  if (!parsed.success) throw new Error(`The environment variable ${ENV[name]} is missing or malformed`);
  return parsed.data;
}

/** An optional variable. */
export function optionalEnv<K extends keyof typeof SCHEMAS>(name: K): Values[K] | undefined {
  return process.env[ENV[name]] === undefined ? undefined : env(name);
}
