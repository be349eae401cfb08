import type { AwsCredentialIdentity } from '@smithy/types';

/** How a call proves who makes it. */
export type Authentication =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'iam'; readonly region: string; readonly credentials: () => Promise<AwsCredentialIdentity> };

/** The outputs of the stack that commands use. */
export interface StackOutputs {
  readonly ApiUrl: string;
  readonly KeyApiUrl?: string | undefined;
  readonly TokenSecretArn: string;
  readonly ScheduleGroupName: string;
}

/** AWS itself, for commands that need more than the API. */
export interface AwsAccess {
  readonly region: string;
  readonly credentials: () => Promise<AwsCredentialIdentity>;
  /** Set for the local stack. */
  readonly endpoint?: string | undefined;
  readonly stackName: string;
  readonly outputs: StackOutputs;
}

export interface Target {
  /** Base of every route, without a slash at the end. */
  readonly apiUrl: string;
  readonly authentication: Authentication;
  /** Absent if only the address of the API is known. */
  readonly aws?: AwsAccess | undefined;
}
