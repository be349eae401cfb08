import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { routes, routesOf, type Scope } from '../../lambdas/contract/routes.ts';
import { matches } from '../support/evaluate-policy.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS } from './configurations.ts';
import { byId, ofType, only, statementsOf, synthesize, target, withoutKeys } from './synthesize.ts';

/** The policies among the outputs, with what each is for. */
const POLICIES = {
  ReaderPolicyArn: ['read'],
  AgentPolicyArn: ['read', 'write'],
  OperatorPolicyArn: ['read', 'write', 'operate'],
  WebhookForwarderPolicyArn: ['webhook'],
  KeyManagerPolicyArn: ['keys'],
} as const satisfies Record<string, readonly Scope[]>;

/** What takes more than looking. Written down here, so that a route is not given away by a slip in the table. */
const SCOPES: Record<string, Scope> = {
  'POST block_users': 'write',
  'DELETE block_users': 'write',
  'POST jobs': 'write',
  'POST blocklist/reconcile': 'operate',
  'POST jobs/{id}/cancel': 'operate',
  'POST jobs/{id}/retry': 'operate',
  'POST jobs/{id}/revert': 'operate',
  'POST users/{user}/erase': 'operate',
  'POST webhooks/whatsapp': 'webhook',
  'GET keys': 'keys',
  'POST keys': 'keys',
  'POST keys/{id}/rotate': 'keys',
  'DELETE keys/{id}': 'keys',
};

const policySchema = z.object({
  Version: z.literal('2012-10-17'),
  Statement: z.array(z.object({ Effect: z.string(), Action: z.string(), Resource: z.array(z.string()) })),
});

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
  const stack = withoutKeys(synthesize(configuration));
  const api = only(stack, 'AWS::ApiGateway::RestApi').id;
  const hasKeys = configuration === 'keys' || configuration === 'privateKeys';
  const policies = Object.entries(POLICIES).filter(([output]) => hasKeys || output !== 'KeyManagerPolicyArn');
  const all = routesOf('iam', hasKeys ? ['iam', 'apiKey'] : ['iam']);
  const { stage } = CONFIGURATIONS[configuration];
  const prefix = `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${api}>/${stage}/`;

  it('has a policy for each kind of caller, and no other', () => {
    const ids = policies.map(([output]) => target(stack.outputs[output]?.Value));
    expect(
      ofType(stack, 'AWS::IAM::ManagedPolicy')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.sort());
  });

  describe.each(policies)('%s', (output, scopes: readonly Scope[]) => {
    const policy = byId(stack, target(stack.outputs[output]?.Value));
    const [statement, ...others] = statementsOf(policy.id, policy.Properties.PolicyDocument);

    it('allows calls to this stage of this API, and nothing else', () => {
      expect(others).toEqual([]);
      expect(statement).toMatchObject({ effect: 'Allow', actions: ['execute-api:Invoke'] });
      for (const resource of statement?.resources ?? []) expect(resource.startsWith(prefix)).toBe(true);
    });

    it.each(all.map(({ method, path, scope }) => [`${method} ${sample(path.slice(1))}`, scope] as const))(
      'lets exactly those through who are trusted with %s (%s)',
      (call, scope) => {
        const asked = call.replace(' ', '/');
        const allowed = statement?.resources.some((resource) => matches(resource.slice(prefix.length), asked));
        expect(allowed).toBe(scopes.includes(scope));
      },
    );

    it('is attached to no one, has no fixed name that a second stack would collide with, and fits', () => {
      const { ManagedPolicyName, Roles, Users, Groups, PolicyDocument } = policy.Properties;
      expect([ManagedPolicyName, Roles, Users, Groups]).toEqual([undefined, undefined, undefined, undefined]);
      expect(JSON.stringify(z.unknown().parse(PolicyDocument)).length).toBeLessThan(6_000); // of 6,144
    });
  });
});

describe('the policies for one number in docs/callers.md', () => {
  const own = '106540352242922';
  const policies = jsonBlocksOf('docs/callers.md').flatMap((block) => policySchema.safeParse(block).data ?? []);
  const prefix = 'arn:aws:execute-api:eu-west-1:111122223333:<ApiId>/prod/';
  const ofNumbers = routes().filter(({ path }) => path.includes('{version}') || path.startsWith('/jobs/'));

  it.each<[who: string, index: number, scopes: readonly Scope[]]>([
    ['an operator', 0, ['read', 'write', 'operate']],
    ['a reader', 1, ['read']],
  ])('make %s of this number, in every form of its paths, and of no other', (_, index, scopes) => {
    const [statement] = policies[index]?.Statement ?? [];
    expect(statement).toMatchObject({ Effect: 'Allow', Action: 'execute-api:Invoke' });
    const patterns = statement?.Resource.map((resource) => resource.replace(prefix, '')) ?? [];
    const allows = (call: string) => patterns.some((pattern) => matches(pattern, call));
    for (const { method, path, scope } of ofNumbers) {
      const call = `${method}/${sample(path.slice(1))}`;
      expect([call, allows(call)]).toEqual([call, scopes.includes(scope)]);
      const others = call.replace(own, '106540352242923').replace('%2B16505551234', own);
      expect([others, allows(others)]).toEqual([others, false]);
    }
    for (const { method, path } of routes().filter((route) => !ofNumbers.includes(route))) {
      expect([path, allows(`${method}${path}`)]).toEqual([path, false]);
    }
  });

  it('are the only ones in that document', () => expect(policies).toHaveLength(2));
});

const documents = readdirSync(join(import.meta.dirname, '../../docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

it.each(['README.md', ...documents])('every JSON block of %s is JSON', (name) => {
  expect(() => jsonBlocksOf(name)).not.toThrow();
});

function jsonBlocksOf(name: string): unknown[] {
  const text = readFileSync(join(import.meta.dirname, '../..', name), 'utf8');
  return [...text.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block = '']): unknown => JSON.parse(block));
}
