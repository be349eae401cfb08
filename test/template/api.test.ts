import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { MUTATING_HANDLERS, READING_HANDLERS } from '../support/mutating-handlers.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS } from './configurations.ts';
import {
  byId,
  functionsOf,
  methodsOf,
  notDeployed,
  ofType,
  only,
  statementsOf,
  synthesize,
  target,
  text,
  withoutKeys,
} from './synthesize.ts';

/** The routes of `api.md`, with the handler of each. */
const ROUTES = {
  'GET /{version}/{phoneNumberId}/block_users': 'list-blocked-users',
  'POST /{version}/{phoneNumberId}/block_users': 'block-users',
  'DELETE /{version}/{phoneNumberId}/block_users': 'unblock-users',
  'GET /{version}/{phoneNumberId}/block_users/{user}': 'get-blocked-user',
  'GET /{version}/{phoneNumberId}/block_users/{user}/history': 'get-user-history',
  'POST /{version}/{phoneNumberId}/block_users/lookup': 'lookup-users',
  'GET /{version}/{phoneNumberId}/blocklist': 'get-blocklist',
  'POST /{version}/{phoneNumberId}/blocklist/reconcile': 'start-reconciliation',
  'GET /{version}/{phoneNumberId}/operations': 'list-operations',
  'GET /{version}/block_users': 'list-blocked-users',
  'POST /{version}/block_users': 'block-users',
  'DELETE /{version}/block_users': 'unblock-users',
  'GET /{version}/block_users/{user}': 'get-blocked-user',
  'GET /{version}/block_users/{user}/history': 'get-user-history',
  'POST /{version}/block_users/lookup': 'lookup-users',
  'GET /{version}/blocklist': 'get-blocklist',
  'POST /{version}/blocklist/reconcile': 'start-reconciliation',
  'GET /{version}/operations': 'list-operations',
  'GET /numbers': 'list-numbers-in-use',
  'GET /users/{user}': 'get-user-everywhere',
  'GET /users/{user}/history': 'get-history-everywhere',
  'POST /users/{user}/erase': 'erase-user',
  'GET /jobs': 'list-jobs',
  'POST /jobs': 'create-jobs',
  'GET /jobs/{id}': 'get-job',
  'GET /jobs/{id}/users': 'list-job-users',
  'POST /jobs/{id}/cancel': 'cancel-job',
  'POST /jobs/{id}/retry': 'retry-job',
  'POST /jobs/{id}/revert': 'revert-job',
  'GET /protected_users': 'list-protected-users',
  'GET /protected_users/{user}': 'get-protected-user',
  'PUT /protected_users/{user}': 'protect-user',
  'DELETE /protected_users/{user}': 'unprotect-user',
  'POST /webhooks/whatsapp': 'receive-webhook',
  'GET /openapi.json': 'get-open-api',
  'GET /health': 'health',
};

/** If callers have keys. */
const KEY_ROUTES = {
  'GET /keys': 'list-keys',
  'POST /keys': 'create-key',
  'POST /keys/{id}/rotate': 'rotate-key',
  'DELETE /keys/{id}': 'revoke-key',
};

/** Every kind of answer that API Gateway gives by itself, with its status: `null` if it has several. Source: its Developer Guide. */
const GATEWAY_ANSWERS = {
  ACCESS_DENIED: 403,
  API_CONFIGURATION_ERROR: 500,
  AUTHORIZER_CONFIGURATION_ERROR: 500,
  AUTHORIZER_FAILURE: 500,
  BAD_REQUEST_BODY: 400,
  BAD_REQUEST_PARAMETERS: 400,
  DEFAULT_4XX: null,
  DEFAULT_5XX: null,
  EXPIRED_TOKEN: 403,
  INTEGRATION_FAILURE: 504,
  INTEGRATION_TIMEOUT: 504,
  INVALID_API_KEY: 403,
  INVALID_SIGNATURE: 403,
  MISSING_AUTHENTICATION_TOKEN: 403,
  QUOTA_EXCEEDED: 429,
  REQUEST_TOO_LARGE: 413,
  RESOURCE_NOT_FOUND: 404,
  THROTTLED: 429,
  UNAUTHORIZED: 401,
  UNSUPPORTED_MEDIA_TYPE: 415,
  WAF_FILTERED: 403,
};

const advice = z.object({ error: z.object({ message: z.string(), error_data: z.object({ details: z.string() }) }) });

interface Access {
  readonly stage: string;
  readonly endpoint?: { readonly vpcEndpointIds: readonly string[] };
  readonly callerAccounts?: readonly string[];
}

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const whole = synthesize(configuration);
  const stack = withoutKeys(whole);
  const { stage } = CONFIGURATIONS[configuration];
  const api = only(stack, 'AWS::ApiGateway::RestApi');
  const methods = methodsOf(stack);
  const hasKeys = configuration === 'keys' || configuration === 'privateKeys';
  const routes: Record<string, string> = hasKeys ? { ...ROUTES, ...KEY_ROUTES } : ROUTES;

  it('has each route, and no other', () => {
    expect(Object.fromEntries(methods.map(({ route, handler }) => [route, handler]))).toEqual(routes);
    expect(methods).toHaveLength(Object.keys(routes).length);
  });

  it('has no route that changes something without a test of its recorded actor', () => {
    const changing = methods.flatMap(({ route, handler }) => (route.startsWith('GET ') ? [] : handler));
    const known = [...MUTATING_HANDLERS, ...READING_HANDLERS].filter((one) => Object.values(routes).includes(one));
    expect([...new Set(changing)].sort()).toEqual(known.sort());
    expect(Object.values({ ...ROUTES, ...KEY_ROUTES })).toEqual(expect.arrayContaining([...MUTATING_HANDLERS]));
  });

  it('lets only signed callers through, on every route', () => {
    for (const { route, authorization } of methods) expect(`${route} ${authorization}`).toBe(`${route} AWS_IAM`);
  });

  it('hands the request to the function as it is', () => {
    for (const { integration } of methods) expect(integration).toBe('AWS_PROXY');
  });

  it('may call each function behind it once, from its stage, and not from the console', () => {
    const ofAuthorizer = functionsOf(stack).get('authorize-key')?.id;
    const own = ofType(stack, 'AWS::Lambda::Permission').filter(
      ({ Properties }) => target(Properties.FunctionName) !== ofAuthorizer,
    );
    const permissions = own.map(({ Properties }) => {
      expect(Properties).toMatchObject({ Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' });
      const source = text(Properties.SourceArn).split(`:execute-api:eu-west-1:111122223333:<${api.id}>/`)[1] ?? '';
      return `${target(Properties.FunctionName)} ${source}`;
    });
    const functions = functionsOf(stack);
    const stageId = only(stack, 'AWS::ApiGateway::Stage').id;
    const expected = [...new Set(Object.values(routes))].map(
      (handler) => `${functions.get(handler)?.id} <${stageId}>/*/*`,
    );
    expect(permissions.sort()).toEqual(expected.sort());
    expect(JSON.stringify(stack.json)).not.toContain('test-invoke-stage');
  });

  it('deploys every route and every answer', () => {
    expect(notDeployed(stack)).toEqual([]);
  });

  describe('the stage', () => {
    const [{ id, Properties, DependsOn }] = [only(stack, 'AWS::ApiGateway::Stage')];
    const settings = z
      .looseObject({ DestinationArn: z.unknown(), Format: z.string() })
      .parse(Properties.AccessLogSetting);

    it('is named for the stage, throttled and counted', () => {
      expect(Properties).toMatchObject({ StageName: stage, RestApiId: { Ref: api.id } });
      expect(Properties.MethodSettings).toEqual([
        {
          HttpMethod: '*',
          ResourcePath: '/*',
          ThrottlingRateLimit: 500,
          ThrottlingBurstLimit: 1000,
          MetricsEnabled: true,
          // An execution log can name the path.
          LoggingLevel: 'OFF',
          DataTraceEnabled: false,
        },
      ]);
      expect(id).toBeTruthy();
    });

    it('logs each request as JSON, and nothing of it that names a user', () => {
      const fields: Record<string, string> = JSON.parse(settings.Format);
      expect(Object.values(fields)).toEqual(
        expect.arrayContaining([
          '$context.requestId',
          '$context.resourcePath',
          '$context.httpMethod',
          '$context.status',
          '$context.responseLatency',
          '$context.identity.userArn',
          '$context.integration.error',
        ]),
      );
      // A path holds the user, and so do the texts of errors about it. X-Ray would hold the path as well.
      expect(settings.Format).not.toMatch(/context\.(path|customDomain|error\.message|authorize|authenticate)|\$input/);
      expect(Properties.TracingEnabled ?? false).toBe(false);
    });

    it('writes into a log group of the stack', () => {
      const logGroups = ofType(stack, 'AWS::Logs::LogGroup');
      const access = logGroups.find((group) => text(settings.DestinationArn).endsWith(`:log-group:<${group.id}>`));
      expect(access).toBeDefined();
    });

    it('waits for the account role without which API Gateway refuses a log, unless another stack owns it', () => {
      const accounts = ofType(whole, 'AWS::ApiGateway::Account');
      if (configuration === 'withoutAccountRole') {
        expect(accounts).toEqual([]);
        return;
      }
      const [account, ...others] = accounts;
      expect(others).toEqual([]);
      expect(
        byId(
          stack,
          target(
            z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).parse(account?.Properties.CloudWatchRoleArn),
          ),
        ).Properties.ManagedPolicyArns,
      ).toEqual([
        {
          'Fn::Join': [
            '',
            ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs'],
          ],
        },
      ]);
      expect(DependsOn).toContain(account?.id);
    });
  });

  const { endpoint, callerAccounts = [] }: Access = CONFIGURATIONS[configuration];

  it('is reached from anywhere, or through the named VPC endpoints only, as configured', () => {
    expect(api.Properties.EndpointConfiguration).toEqual(
      endpoint ? { Types: ['PRIVATE'], VpcEndpointIds: endpoint.vpcEndpointIds } : { Types: ['REGIONAL'] },
    );
  });

  it('admits its own account and the configured ones, but never everyone', () => {
    if (!endpoint && callerAccounts.length === 0) {
      expect(api.Properties.Policy).toBeUndefined();
      return;
    }
    const [allow, deny, ...others] = statementsOf(api.id, api.Properties.Policy);
    expect(others).toEqual([]);
    // In one account, an allow for everyone would be enough, even without a policy of the caller.
    expect(allow).toMatchObject({ effect: 'Allow', actions: ['execute-api:Invoke'], resources: ['execute-api:/*'] });
    const { AWS } = z.object({ AWS: z.unknown() }).parse(allow?.principal);
    const accounts = [AWS].flat().map((principal) => /:iam::(\d{12}):root/.exec(text(principal))?.[1]);
    expect(accounts.sort()).toEqual(['111122223333', ...callerAccounts].sort());
    expect(allow?.condition).toBeUndefined();
    if (!endpoint) {
      expect(deny).toBeUndefined();
      return;
    }
    expect(deny).toMatchObject({
      effect: 'Deny',
      actions: ['execute-api:Invoke'],
      resources: ['execute-api:/*'],
      principal: { AWS: '*' },
      condition: { StringNotEquals: { 'aws:SourceVpce': endpoint.vpcEndpointIds } },
    });
  });

  describe('what API Gateway answers by itself', () => {
    const answers = ofType(stack, 'AWS::ApiGateway::GatewayResponse').map(({ Properties }) =>
      z
        .looseObject({
          ResponseType: z.string(),
          StatusCode: z.coerce.number().optional(),
          ResponseParameters: z.record(z.string(), z.string()),
          ResponseTemplates: z.strictObject({ 'application/json': z.string() }),
        })
        .parse(Properties),
    );

    it('is known, with its status', () => {
      expect(Object.fromEntries(answers.map((one) => [one.ResponseType, one.StatusCode ?? null]))).toEqual(
        GATEWAY_ANSWERS,
      );
    });

    it.each(answers.map((one) => [one.ResponseType, one] as const))('%s has the shape of Graph', (_, answer) => {
      const requestId = 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef';
      const template = answer.ResponseTemplates['application/json'];
      const body: unknown = JSON.parse(template.replaceAll('$context.requestId', requestId));
      expect(body).toEqual({
        error: {
          message: expect.any(String),
          type: 'OAuthException',
          code: expect.any(Number),
          error_data: { details: expect.any(String) },
          fbtrace_id: requestId,
        },
      });
      // Nothing else is put in: texts of API Gateway come unescaped, and name the path.
      expect(template.replaceAll('$context.requestId', '')).not.toMatch(/\$|#set/);
      expect(answer.ResponseParameters['gatewayresponse.header.x-request-id']).toBe('context.requestId');
    });

    it('says what to do, and that an unsigned call and an unknown route look the same', () => {
      const recorded = new Map(
        answers.map(({ ResponseType, ResponseTemplates }) => [
          ResponseType,
          advice.parse(JSON.parse(ResponseTemplates['application/json'])).error,
        ]),
      );
      for (const [type, { message, error_data }] of recorded) {
        expect(message.endsWith(`; ${error_data.details}`), type).toBe(true);
        expect(error_data.details, type).toMatch(/^(sign|compare|send|attach|ask|get|tell) /);
        for (const [document] of message.matchAll(/docs\/[\w-]+\.md/g)) expect(existsSync(document), type).toBe(true);
      }
      for (const type of ['MISSING_AUTHENTICATION_TOKEN', 'INVALID_SIGNATURE', 'UNAUTHORIZED', 'DEFAULT_4XX']) {
        expect(recorded.get(type)?.message, type).toMatch(/AWS Signature Version 4 for the service execute-api/);
      }
      expect(recorded.get('MISSING_AUTHENTICATION_TOKEN')?.message).toMatch(
        /no such route.*method and path with docs\/http\.md/,
      );
      expect(recorded.get('DEFAULT_4XX')?.message).toContain('Bearer');
      expect(recorded.get('ACCESS_DENIED')?.message).toContain('docs/callers.md');
    });

    it('has Retry-After if a retry helps', () => {
      const waits = answers.map((one) => [
        one.ResponseType,
        one.ResponseParameters['gatewayresponse.header.Retry-After'],
      ]);
      expect(Object.fromEntries(waits.filter(([, wait]) => wait !== undefined))).toEqual({
        THROTTLED: "'1'",
        QUOTA_EXCEEDED: "'60'",
        INTEGRATION_FAILURE: "'5'",
        INTEGRATION_TIMEOUT: "'5'",
        DEFAULT_5XX: "'5'",
      });
    });
  });
});

it('deploys the API again if its policy changed, since the old policy would stay in force', () => {
  const deployments = ['prod', 'private', 'callers', 'privateCallers', 'keys'] as const;
  const ids = deployments.map((one) => only(withoutKeys(synthesize(one)), 'AWS::ApiGateway::Deployment').id);
  expect(new Set(ids).size).toBe(ids.length);
});
