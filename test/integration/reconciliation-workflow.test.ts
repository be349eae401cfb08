import { randomUUID } from 'node:crypto';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, expect, inject, test } from 'vitest';
import * as z from 'zod';
import { LOCAL_CREDENTIALS } from '../../local/cloud/loopback.ts';
import { until } from '../../local/until.ts';
import { buildStack, makeFolder } from '../template/build-stack.ts';
import { machineOf, parseTemplate, text } from '../template/synthesize.ts';

const client = new SFNClient({
  endpoint: inject('dynamodbEndpoint'),
  region: 'us-east-1',
  credentials: LOCAL_CREDENTIALS,
});
const { folder, remove } = makeFolder();
const stack = parseTemplate(buildStack(folder, 'local').artifact.template);
afterAll(() => {
  client.destroy();
  remove();
});

const FAILS = 'fails';
const group = (phoneNumberId: string) => ({ numbers: [{ phoneNumberId, attempts: 0 }] });
const states = z.record(z.string(), z.looseObject({}));

/**
 * The workflow of the template, with states in place of its functions: two pages of numbers, and a group whose number is
 * called `fails` meets a function that cannot be called, as one that is throttled out. No retries: their waits are of the
 * template.
 */
function definition(pages: readonly [readonly string[], readonly string[]]): unknown {
  const { States, ...machine } = z
    .looseObject({ States: states })
    .parse(JSON.parse(text(machineOf(stack, 'ReconciliationArn').Properties.DefinitionString)));
  const { 'Each group': map, 'List numbers': list } = States;
  const { ItemProcessor, ...rest } = z.looseObject({ ItemProcessor: z.looseObject({ States: states }) }).parse(map);
  const { 'Reconcile numbers': reconcile, ...others } = ItemProcessor.States;
  const [first, second] = pages;
  const page = (groups: readonly string[], after?: string) => ({
    Type: 'Pass',
    Result: { groups: groups.map(group), ...(after !== undefined && { after }) },
    ResultPath: list?.ResultPath,
    Next: list?.Next,
  });
  const branch = (rule: object, yes: string, no: string) => ({
    Type: 'Choice',
    Choices: [{ ...rule, Next: yes }],
    Default: no,
  });
  return {
    ...machine,
    States: {
      ...States,
      'List numbers': branch({ Variable: '$.after', IsPresent: true }, 'Second page', 'First page'),
      'First page': page(first, 'more'),
      'Second page': page(second),
      'Each group': {
        ...rest,
        ItemProcessor: {
          ...ItemProcessor,
          States: {
            ...others,
            'Reconcile numbers': branch(
              { Variable: '$.numbers[0].phoneNumberId', StringEquals: FAILS },
              'Call',
              'Answer',
            ),
            Call: { ...reconcile, Resource: 'arn:aws:lambda:us-east-1:000000000000:function:none', Retry: [] },
            Answer: { Type: 'Pass', Result: { result: 'done' }, Next: reconcile?.Next },
          },
        },
      },
    },
  };
}

async function run(pages: Parameters<typeof definition>[0], input: unknown) {
  const { stateMachineArn = '' } = await client.send(
    new CreateStateMachineCommand({
      name: randomUUID(),
      roleArn: 'arn:aws:iam::000000000000:role/none',
      definition: JSON.stringify(definition(pages)),
    }),
  );
  const { executionArn = '' } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return until('the end of the execution', async () => {
    const { status, error } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? undefined : { status, error: error || undefined };
  });
}

const SUCCEEDED = { status: 'SUCCEEDED', error: undefined };
const FAILED = { status: 'FAILED', error: 'GroupsNotReconciled' };

test.for([
  ['nothing failed', [['1', '2'], ['3']], {}, SUCCEEDED],
  ['there is no number yet', [[], []], {}, SUCCEEDED],
  ['a group of the first page failed', [['1', FAILS], ['3']], {}, FAILED],
  ['a group of the last page failed', [['1', '2'], [FAILS]], {}, FAILED],
  ['a group of each page failed', [[FAILS], ['3', FAILS]], {}, FAILED],
  ['the named numbers are done', [[], []], { groups: [group('1')] }, SUCCEEDED],
  ['a named number failed', [[], []], { groups: [group(FAILS), group('1')] }, FAILED],
] as const)('the execution ends correctly if %s', async ([_, pages, input, expected]) => {
  expect(await run(pages, input)).toEqual(expected);
});
