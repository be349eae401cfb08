import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { AwsCredentialIdentity } from '@smithy/types';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/**
 * The person's own AWS credentials, from wherever the AWS CLI finds them: environment, SSO, profiles, an instance. They are
 * read at the first call, and again when they expire.
 */
export function awsCredentials({
  profile,
}: {
  readonly profile?: string | undefined;
}): () => Promise<AwsCredentialIdentity> {
  const provide = fromNodeProviderChain(profile === undefined ? {} : { profile });
  return async () => {
    try {
      return await provide();
    } catch (error) {
      throw noCredentials(error, profile);
    }
  };
}

function noCredentials(error: unknown, profile: string | undefined): CliError {
  const text = error instanceof Error ? error.message : String(error);
  const named = profile === undefined ? '' : ` --profile ${profile}`;
  if (/sso|token.*expired|expired.*token/i.test(text)) {
    return new CliError(
      EXIT.notAuthorized,
      `Your AWS sign-in is over: ${text}`,
      `Sign in again: aws sso login${named}`,
    );
  }
  return new CliError(
    EXIT.notAuthorized,
    `There are no AWS credentials: ${text}`,
    `Sign in (aws sso login${named}, or aws configure${named}), or set BLOCKLIST_API_KEY to call with a key`,
  );
}
