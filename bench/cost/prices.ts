/** One price of AWS. */
export interface Price {
  /** Dollars for so many units. */
  readonly dollars: number;
  readonly per: number;
  readonly unit: string;
  readonly source: string;
  /**
   * Where the figure was seen when this table was made: on a page of AWS, on others' pages only, or nowhere, so that it is
   * from memory. AWS itself was not asked: look before you rely on it.
   */
  readonly seen: 'AWS' | 'others' | 'nowhere';
}

export const REGION = 'us-east-1';
/** When this table was made. List prices, in the first tier, without a free tier. */
export const PRICES_OF = '2026-11';

const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';
const DYNAMODB = 'https://aws.amazon.com/dynamodb/pricing/on-demand/';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const SECRETS = 'https://aws.amazon.com/secrets-manager/pricing/';
const KMS = 'https://aws.amazon.com/kms/pricing/';

const MILLION = 1_000_000;

/** Every price that a cost here is made of. */
export const PRICES = {
  apiRequests: {
    dollars: 3.5,
    per: MILLION,
    unit: 'REST API requests',
    source: 'https://aws.amazon.com/api-gateway/pricing/',
    seen: 'AWS',
  },
  lambdaRequests: { dollars: 0.2, per: MILLION, unit: 'Lambda requests', source: LAMBDA, seen: 'others' },
  lambdaSeconds: { dollars: 13.3334, per: MILLION, unit: 'Lambda GB-seconds (arm64)', source: LAMBDA, seen: 'others' },
  /** Since November 2024; $1.25 before. */
  writeUnits: { dollars: 0.625, per: MILLION, unit: 'DynamoDB write units', source: DYNAMODB, seen: 'others' },
  /** Since November 2024; $0.25 before. */
  readUnits: { dollars: 0.125, per: MILLION, unit: 'DynamoDB read units', source: DYNAMODB, seen: 'others' },
  storage: { dollars: 0.25, per: 1, unit: 'DynamoDB GB-months', source: DYNAMODB, seen: 'AWS' },
  recovery: { dollars: 0.2, per: 1, unit: 'point-in-time recovery GB-months', source: DYNAMODB, seen: 'nowhere' },
  transitions: {
    dollars: 25,
    per: MILLION,
    unit: 'state transitions (standard)',
    source: 'https://aws.amazon.com/step-functions/pricing/',
    seen: 'AWS',
  },
  schedules: {
    dollars: 1,
    per: MILLION,
    unit: 'EventBridge Scheduler invocations',
    source: 'https://aws.amazon.com/eventbridge/pricing/',
    seen: 'nowhere',
  },
  secrets: { dollars: 0.4, per: 1, unit: 'secrets, a month', source: SECRETS, seen: 'others' },
  secretReads: { dollars: 0.05, per: 10_000, unit: 'secret reads', source: SECRETS, seen: 'others' },
  logs: { dollars: 0.5, per: 1_000, unit: 'MB of logs taken in', source: CLOUDWATCH, seen: 'others' },
  alarms: { dollars: 0.1, per: 1, unit: 'alarms, a month', source: CLOUDWATCH, seen: 'nowhere' },
  metrics: { dollars: 0.3, per: 1, unit: 'metrics, a month', source: CLOUDWATCH, seen: 'others' },
  traces: {
    dollars: 5,
    per: MILLION,
    unit: 'X-Ray traces',
    source: 'https://aws.amazon.com/xray/pricing/',
    seen: 'nowhere',
  },
  keys: { dollars: 1, per: 1, unit: 'KMS keys of your own, a month', source: KMS, seen: 'nowhere' },
  keyRequests: { dollars: 0.03, per: 10_000, unit: 'KMS requests', source: KMS, seen: 'nowhere' },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;
