import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { PUBLISH_FUNCTION_TIMEOUT_SECONDS } from '../../lambdas/contract/timeouts.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS } from './configurations.ts';
import { functionsOf, ofType, only, synthesize, target, text, withoutKeys } from './synthesize.ts';

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const functions = functionsOf(stack);
  const table = only(withoutKeys(stack), 'AWS::DynamoDB::GlobalTable');
  const bus = only(stack, 'AWS::Events::EventBus');
  const mapping = only(stack, 'AWS::Lambda::EventSourceMapping');

  it('has a bus with a name that rules of other teams can have', () => {
    expect(bus.Properties.Name).toBe(`Blocklist-${CONFIGURATIONS[configuration].stage}`);
    expect(text(stack.outputs.EventBusName?.Value)).toContain(bus.id);
    expect(ofType(stack, 'AWS::Events::EventBusPolicy')).toEqual([]);
  });

  it('the stream has keys only, and calls the publisher for new events and nothing else', () => {
    expect(table.Properties.StreamSpecification).toEqual({ StreamViewType: 'KEYS_ONLY' });
    expect(mapping.Properties).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [table.id, 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 600,
    });
    expect(target(mapping.Properties.FunctionName)).toBe(functions.get('publish-events')?.id);
    const { Filters } = z
      .object({ Filters: z.array(z.object({ Pattern: z.string() })) })
      .parse(mapping.Properties.FilterCriteria);
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      { eventName: ['INSERT'], dynamodb: { Keys: { pk: { S: [{ prefix: 'OUTBOX#' }] } } } },
    ]);
    // A call that takes all its time is over long before the stream gives up.
    expect(PUBLISH_FUNCTION_TIMEOUT_SECONDS * 10).toBeLessThan(600);
  });

  it('what the stream gave up on is told to the queue of what failed, if there is one', () => {
    const [queue] = ofType(stack, 'AWS::SQS::Queue');
    const told = z
      .object({ OnFailure: z.object({ Destination: z.unknown() }) })
      .optional()
      .parse(mapping.Properties.DestinationConfig);
    expect(told && target(told.OnFailure.Destination)).toBe(queue?.id);
    expect(queue === undefined).toBe(configuration === 'schedulesOff');
  });

  it('only the publisher and the sweep know the bus', () => {
    const knowing = [...functions].filter(([, { environment }]) => environment && 'EVENT_BUS_NAME' in environment);
    expect(knowing.map(([name]) => name).sort()).toEqual(['publish-events', 'sweep']);
  });

  it('users are named only where that is asked for', () => {
    const values = [...functions.values()].flatMap(({ environment }) => environment?.EVENT_USERS ?? []);
    expect(values.length).toBeGreaterThan(3);
    expect(new Set(values)).toEqual(new Set([configuration === 'tuned' ? 'true' : 'false']));
  });
});
