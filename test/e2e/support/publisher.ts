import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { AwsClient } from 'aws4fetch';
import { z } from 'zod';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/loopback.ts';
import { until } from '../../../local/until.ts';
import { place } from './place.ts';

const functionsAnswer = z.object({
  Functions: z.array(
    z.object({
      FunctionName: z.string(),
      Environment: z.object({ Variables: z.record(z.string(), z.string()) }).optional(),
    }),
  ),
});

/** The name of the bus of the stack. */
export async function busName(): Promise<string> {
  return (await publisher()).variables.EVENT_BUS_NAME ?? '';
}

/** Has the function that publishes events call another address than MiniStack's for the bus. */
export async function redirectPublisher(url: string): Promise<void> {
  const { name, variables } = await publisher();
  const Variables = { ...variables, AWS_ENDPOINT_URL_EVENTBRIDGE: url };
  await lambda('PUT', `functions/${name}/configuration`, { Environment: { Variables } });
}

async function publisher() {
  const { Functions } = functionsAnswer.parse(await lambda('GET', 'functions/?MaxItems=1000'));
  const found = Functions.find(({ FunctionName }) => FunctionName.includes('PublishEvents'));
  if (!found?.Environment) throw new Error('There is no function that publishes events');
  return { name: found.FunctionName, variables: found.Environment.Variables };
}

async function lambda(method: string, path: string, body?: unknown): Promise<unknown> {
  const { endpoint, region } = place.stack;
  const client = new AwsClient({ ...LOCAL_CREDENTIALS, region, service: 'lambda', retries: 0 });
  const url = `${endpoint}/2015-03-31/${path}`;
  const answer = await client.fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`Lambda answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** Creates a stack of another team from a template. */
export async function createStack(
  name: string,
  template: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const { endpoint, region } = place.stack;
  const client = new CloudFormationClient({ endpoint, region, credentials: LOCAL_CREDENTIALS });
  try {
    await client.send(
      new CreateStackCommand({
        StackName: name,
        TemplateBody: template,
        Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
    await until(`the stack ${name}`, async () => {
      const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
      const [stack] = Stacks;
      if (stack?.StackStatus?.includes('FAILED') || stack?.StackStatus?.includes('ROLLBACK'))
        throw new Error(`${name}: ${stack.StackStatus} ${stack.StackStatusReason}`);
      return stack?.StackStatus === 'CREATE_COMPLETE' ? true : undefined;
    });
  } finally {
    client.destroy();
  }
}
