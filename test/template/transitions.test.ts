/** State transitions are what the workflows cost: these figures must not creep. */
import { describe, expect, it } from 'vitest';
import { billedTransitions, readDefinition, transitionsOf, walk } from '../../bench/cost/stack.ts';
import { machineOf, synthesize, text } from './synthesize.ts';

const stack = synthesize('prod');
const definition = (output: 'StateMachineArn' | 'ReconciliationArn') =>
  readDefinition(text(machineOf(stack, output).Properties.DefinitionString));
const jobs = definition('StateMachineArn');
const reconciliation = definition('ReconciliationArn');

describe('a job', () => {
  it('takes 3 transitions, 4 for each lane and 3 for each wait: 19 at four lanes, for 64,000 users', () => {
    const { job } = transitionsOf(jobs, reconciliation);
    expect(job).toEqual({ perJob: 3, perLane: 4, perWait: 3 });
    expect(job.perJob + 4 * job.perLane).toBe(19);
  });
});

describe('a reconciliation', () => {
  it('of all numbers takes 6 transitions, 4 for each group, 4 for each further page, 3 for each wait of a group', () => {
    expect(transitionsOf(jobs, reconciliation).reconciliation).toEqual({
      perRun: 6,
      perPage: 4,
      perGroup: 4,
      perWait: 3,
    });
  });

  it('of named numbers lists none', () => {
    const asked = walk(reconciliation, ['Named numbers']);
    expect(asked.entered).not.toContain('List numbers');
    expect(billedTransitions(asked).execution).toBe(6);
  });
});

it('a path without an end is refused', () => {
  expect(() => walk(jobs, ['Finish job'])).toThrow('No Choice leads to Finish job');
  expect(() => readDefinition('{"StartAt":"Gone"}')).toThrow();
  expect(() => walk({ StartAt: 'Gone', States: {} })).toThrow('There is no state Gone');
});
