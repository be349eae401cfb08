import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { routes, type Scope } from '../../lambdas/contract.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS } from './configurations.ts';
import { byId, ofType, only, statementsOf, synthesize, target } from './synthesize.ts';

/** The policies among the outputs, with what each is for. */
const POLICIES = {
  ReaderPolicyArn: ['read'],
  AgentPolicyArn: ['read', 'write'],
  OperatorPolicyArn: ['read', 'write', 'operate'],
  WebhookForwarderPolicyArn: ['webhook'],
} as const satisfies Record<string, readonly Scope[]>;

/** What takes more than looking. Written down here, so that a route is not given away by a slip in the table. */
const SCOPES: Record<string, Scope> = {
  'POST block_users': 'write',
  'DELETE block_users': 'write',
  'POST jobs': 'write',
  'POST blocklist/reconcile': 'operate',
  'POST jobs/{id}/cancel': 'operate',
  'POST jobs/{id}/retry': 'operate',
  'POST webhooks/whatsapp': 'webhook',
};

const sample = (path: string) =>
  path
    .replace('{version}/{phoneNumberId}', 'v25.0/106540352242922')
    .replace('{version}', '106540352242922')
    .replace('{user}', '%2B16505551234')
    .replace('{id}', '106540352242922-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z');

it('every route takes the scope that is written down here', () => {
  for (const { method, path, scope } of routes()) {
    const name = `${method} ${path.replace(/^\/(\{version\}\/)?(\{phoneNumberId\}\/)?/, '')}`;
    expect([name, scope]).toEqual([name, SCOPES[name] ?? 'read']);
  }
});

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const api = only(stack, 'AWS::ApiGateway::RestApi').id;
  const { stage } = CONFIGURATIONS[configuration];
  const prefix = `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${api}>/${stage}/`;

  it('has a policy for each kind of caller, and no other', () => {
    const ids = Object.keys(POLICIES).map((output) => target(stack.outputs[output]?.Value));
    expect(
      ofType(stack, 'AWS::IAM::ManagedPolicy')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.sort());
  });

  describe.each(Object.entries(POLICIES))('%s', (output, scopes: readonly Scope[]) => {
    const policy = byId(stack, target(stack.outputs[output]?.Value));
    const [statement, ...others] = statementsOf(policy.id, policy.Properties.PolicyDocument);

    it('allows calls to this stage of this API, and nothing else', () => {
      expect(others).toEqual([]);
      expect(statement).toMatchObject({ effect: 'Allow', actions: ['execute-api:Invoke'] });
      for (const resource of statement?.resources ?? []) expect(resource.startsWith(prefix)).toBe(true);
    });

    it.each(routes().map(({ method, path, scope }) => [`${method} ${sample(path.slice(1))}`, scope] as const))(
      'lets exactly those through who are trusted with %s (%s)',
      (call, scope) => {
        const asked = call.replace(' ', '/');
        const allowed = statement?.resources.some((resource) => matches(resource.slice(prefix.length), asked));
        expect(allowed).toBe(scopes.includes(scope));
      },
    );

    it('is attached to nobody, has no name that a second stack would meet, and fits', () => {
      const { ManagedPolicyName, Roles, Users, Groups, PolicyDocument } = policy.Properties;
      expect([ManagedPolicyName, Roles, Users, Groups]).toEqual([undefined, undefined, undefined, undefined]);
      expect(JSON.stringify(z.unknown().parse(PolicyDocument)).length).toBeLessThan(6_000); // of 6,144
    });
  });
});

/** As IAM compares a resource: a star stands for any characters, slashes among them. */
function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`).test(path);
}
