/** The order in which CloudFormation makes the parts of the stack, as far as the template says. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ALL_CONFIGURATIONS } from './configurations.ts';
import { allBefore, danglingReferences, dependenciesOf, mostAtOnce } from './dependencies.ts';
import { ofType, synthesize, target } from './synthesize.ts';

/** What takes calls to API Gateway that it counts, each of which may be refused with 429. */
const COUNTED = ['AWS::ApiGateway::Resource', 'AWS::ApiGateway::Method', 'AWS::ApiGateway::GatewayResponse'];

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const dependencies = dependenciesOf(stack);

  it('nothing refers to a resource that does not exist', () => {
    expect(danglingReferences(stack)).toEqual([]);
  });

  it('nothing waits for itself', () => {
    for (const { id } of stack.resources) expect(allBefore(dependencies, id)).not.toContain(id);
  });

  it('API Gateway is asked for four things at a time at most, below its 5 resources and 10 calls a second', () => {
    const counted = COUNTED.flatMap((type) => ofType(stack, type).map(({ id }) => id));
    expect(counted.length).toBeGreaterThan(60);
    expect(mostAtOnce(dependencies, counted)).toBeLessThanOrEqual(4);
  });

  it.each(ofType(stack, 'AWS::Scheduler::Schedule').map(({ id, Properties }) => [Properties.Name, id]))(
    'the schedule %s, which runs at once, waits for all that its run uses',
    (_, id) => {
      const before = allBefore(dependencies, String(id));
      const roles = z.looseObject({ Roles: z.array(z.unknown()) });
      const needed = [
        ...ofType(stack, 'AWS::IAM::Policy').filter(({ Properties }) =>
          roles.parse(Properties).Roles.some((role) => before.has(target(role))),
        ),
        ...ofType(stack, 'AWS::Lambda::EventInvokeConfig').filter(({ Properties }) =>
          before.has(target(Properties.FunctionName)),
        ),
      ];
      expect(needed.length).toBeGreaterThan(0);
      expect(needed.map((one) => one.id).filter((one) => !before.has(one))).toEqual([]);
    },
  );

  it('no workflow can start before its role may do what its Map does', () => {
    const machines = new Set(ofType(stack, 'AWS::StepFunctions::StateMachine').map(({ id }) => id));
    const policies = ofType(stack, 'AWS::IAM::Policy').filter(({ id }) =>
      [...(dependencies.get(id) ?? [])].some((one) => machines.has(one)),
    );
    expect(policies.length).toBeGreaterThanOrEqual(2);
    for (const { id } of ofType(stack, 'AWS::Lambda::Function')) {
      const before = allBefore(dependencies, id);
      for (const machine of machines) {
        if (!before.has(machine)) continue;
        const role = target(stack.resources.find((one) => one.id === machine)?.Properties.RoleArn);
        const own = policies.filter(({ Properties }) =>
          z
            .array(z.unknown())
            .parse(Properties.Roles)
            .some((one) => target(one) === role),
        );
        expect(own.length).toBeGreaterThan(0);
        for (const policy of own) expect(before).toContain(policy.id);
      }
    }
  });
});

describe('how many resources can be created at once', () => {
  const ids = ['a', 'b', 'c', 'd'];
  it.each([
    [4, []],
    [
      1,
      [
        ['b', 'a'],
        ['c', 'b'],
        ['d', 'c'],
      ],
    ],
    [
      2,
      [
        ['c', 'a'],
        ['d', 'b'],
      ],
    ],
    [
      2,
      [
        ['b', 'a'],
        ['c', 'a'],
        ['d', 'b'],
        ['d', 'c'],
      ],
    ],
    [
      3,
      [
        ['d', 'a'],
        ['d', 'b'],
        ['d', 'c'],
      ],
    ],
  ])('%i with %j', (expected, edges) => {
    const dependencies = new Map(
      ids.map((id) => [id, new Set(edges.flatMap(([later, earlier]) => (later === id && earlier ? [earlier] : [])))]),
    );
    expect(mostAtOnce(dependencies, ids)).toBe(expected);
  });

  it('a cycle is found', () => {
    const circle = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['a'])],
    ]);
    expect(() => allBefore(circle, 'a')).toThrow('A circle: a → b → a');
  });
});
