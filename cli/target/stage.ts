import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { AwsAccess, StackOutputs } from './access.ts';

const stackOutputs = z.object({
  ApiUrl: z.string(),
  KeyApiUrl: z.string().optional(),
  TokenSecretArn: z.string(),
  ScheduleGroupName: z.string(),
}) satisfies z.ZodType<StackOutputs>;

export function stackNameOf(stage: string): string {
  return `Blocklist-${stage}`;
}

const STAGE = /^[a-z][a-z0-9-]{0,15}$/;

/** @throws CliError if there is no such stack, or its outputs cannot be read */
export async function stageOutputs(
  stage: string,
  { region, credentials }: Pick<AwsAccess, 'region' | 'credentials'>,
): Promise<StackOutputs> {
  if (!STAGE.test(stage)) throw new CliError(EXIT.usage, '--stage: must be the name of a stage, for example prod');
  const name = stackNameOf(stage);
  const client = new CloudFormationClient({ region, credentials });
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const outputs = Object.fromEntries(
      (stack?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    );
    return stackOutputs.parse(outputs);
  } catch (error) {
    if (error instanceof CliError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    if (/does not exist/.test(text)) {
      throw new CliError(
        EXIT.notFound,
        `There is no stack ${name} in ${region}`,
        'Check --stage, --region and --profile',
      );
    }
    if (/not authorized|AccessDenied|security token|expired/i.test(text)) {
      throw new CliError(
        EXIT.notAuthorized,
        `The outputs of ${name} cannot be read: ${text}`,
        'With --api-url <url> you need no access to the stack',
      );
    }
    throw new CliError(EXIT.unavailable, `The outputs of ${name} cannot be read: ${text}`);
  }
}
