import { CloudFormationServiceException } from '@aws-sdk/client-cloudformation';
import { PlainError } from '../lib/plain-error.ts';

const GET_CREDENTIALS =
  'Get new ones (for example with `aws sso login`), or name another profile with --profile or AWS_PROFILE, and run the same command again.';

/** The error for a failed call to AWS, with what to do about it. Any other error is a bug, and is given back unchanged. */
export function explainAwsFailure(error: unknown, region: string): unknown {
  if (!(error instanceof Error)) return error;
  const [what, toDo] = explanation(error, region) ?? [];
  return what === undefined ? error : new PlainError(`${what}\n  ${error.message}\n${toDo}`, { cause: error });
}

function explanation(error: Error, region: string): [what: string, toDo: string] | undefined {
  switch (error.name) {
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return ['No AWS credentials were found:', GET_CREDENTIALS];
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'RequestExpired':
      return ['The AWS credentials have expired:', GET_CREDENTIALS];
    case 'InvalidClientTokenId':
    case 'UnrecognizedClientException':
    case 'SignatureDoesNotMatch':
    case 'IncompleteSignature':
    case 'AuthFailure':
      return [`AWS does not accept these credentials in ${region}:`, GET_CREDENTIALS];
    case 'AccessDenied':
    case 'AccessDeniedException':
      return [
        'These AWS credentials may not look at the stack:',
        'They need cloudformation:DescribeStacks and, if a first deploy failed, cloudformation:UpdateTerminationProtection.',
      ];
  }
  if (error instanceof CloudFormationServiceException) return ['CloudFormation refused to answer:', 'Try again later.'];
  if (error.name === 'TimeoutError' || ('code' in error && typeof error.code === 'string')) {
    return [
      `CloudFormation cannot be reached in ${region}:`,
      'Check the name of the region, and the network of this machine.',
    ];
  }
  return undefined;
}
