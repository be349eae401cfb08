/** The API for callers with keys: what the local cloud does not judge, or judges otherwise, is asserted here. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { routes } from '../../lambdas/contract/routes.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS } from './configurations.ts';
import {
  byId,
  functionsOf,
  methodsOf,
  notDeployed,
  ofType,
  only,
  type Synthesized,
  statementsOf,
  synthesize,
  target,
  text,
  withoutKeys,
} from './synthesize.ts';

const WITH_KEYS = ['keys', 'privateKeys'] as const;

/** What belongs to the API for keys. */
function keyPart(stack: Synthesized): Synthesized {
  const signed = new Set(withoutKeys(stack).resources);
  return { ...stack, resources: stack.resources.filter((one) => !signed.has(one)) };
}

it.each(ALL_CONFIGURATIONS.filter((one) => !WITH_KEYS.some((other) => other === one)))(
  'nothing of it is there where nobody asked for it: %s',
  (configuration) => {
    const stack = synthesize(configuration);
    expect(keyPart(stack).resources).toEqual([]);
    expect(ofType(stack, 'AWS::ApiGateway::Authorizer')).toEqual([]);
    expect([...functionsOf(stack).keys()].filter((handler) => handler.includes('key'))).toEqual([]);
    expect(Object.keys(stack.outputs).filter((output) => /^Key/.test(output))).toEqual([]);
  },
);

describe.each(WITH_KEYS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const part = keyPart(stack);
  const functions = functionsOf(stack);
  const api = only(part, 'AWS::ApiGateway::RestApi');
  const authorizer = only(part, 'AWS::ApiGateway::Authorizer');
  const methods = methodsOf({
    ...stack,
    resources: [...part.resources, ...ofType(stack, 'AWS::Lambda::Function'), ...ofType(stack, 'AWS::IAM::Role')],
  });

  it('has every route of the other API but those that manage keys, with the same function behind it', () => {
    const signed = methodsOf(withoutKeys(stack));
    const expected = signed.flatMap(({ route, handler }) => (/ \/keys/.test(route) ? [] : `${route} ${handler}`));
    expect(methods.map(({ route, handler }) => `${route} ${handler}`).sort()).toEqual(expected.sort());
    expect(methods).toHaveLength(routes().filter(({ scope }) => scope !== 'keys').length);
  });

  it('asks the authorizer on every route, and hands the request to the function as it is', () => {
    for (const method of methods) {
      expect(method).toMatchObject({ authorization: 'CUSTOM', integration: 'AWS_PROXY' });
      expect([method.route, target(method.authorizer)]).toEqual([method.route, authorizer.id]);
    }
  });

  it('the authorizer sees keys of this stage only, and API Gateway keeps what it said as long as configured', () => {
    expect(authorizer.Properties).toMatchObject({
      Type: 'TOKEN',
      RestApiId: { Ref: api.id },
      IdentitySource: 'method.request.header.Authorization',
      IdentityValidationExpression: '^[Bb]earer wabl_prod_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$',
      AuthorizerResultTtlInSeconds: configuration === 'keys' ? 30 : 60,
    });
    const fn = functions.get('authorize-key');
    expect(text(authorizer.Properties.AuthorizerUri)).toContain(`functions/<${fn?.id}.Arn>/invocations`);
    // Nothing else may call it.
    const permissions = ofType(stack, 'AWS::Lambda::Permission').filter(
      ({ Properties }) => target(Properties.FunctionName) === fn?.id,
    );
    expect(permissions).toHaveLength(1);
    expect(permissions[0]?.Properties).toMatchObject({
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    });
    expect(text(permissions[0]?.Properties.SourceArn)).toMatch(
      new RegExp(`:execute-api:eu-west-1:111122223333:<${api.id}>/authorizers/<${authorizer.id}>$`),
    );
  });

  it('may call each function behind it once, from its stage, and not from the console', () => {
    const found = ofType(part, 'AWS::Lambda::Permission').flatMap(({ Properties }) => {
      const source = text(Properties.SourceArn).split(`<${api.id}>/`)[1] ?? '';
      return source.startsWith('authorizers/') ? [] : [`${target(Properties.FunctionName)} ${source}`];
    });
    const stageId = only(part, 'AWS::ApiGateway::Stage').id;
    const handlers = new Set(methods.map(({ handler }) => handler));
    const expected = [...handlers].map((handler) => `${functions.get(handler)?.id} <${stageId}>/*/*`);
    expect(found.sort()).toEqual(expected.sort());
  });

  it('is reached as the other one is', () => {
    const signed = only(withoutKeys(stack), 'AWS::ApiGateway::RestApi');
    expect(api.Properties.EndpointConfiguration).toEqual(signed.Properties.EndpointConfiguration);
  });

  it('its own policy never allows everyone: nobody at all, or who comes through one of the VPC endpoints', () => {
    if (configuration === 'keys') {
      expect(api.Properties.Policy).toBeUndefined();
      return;
    }
    const endpoints = CONFIGURATIONS.privateKeys.endpoint.vpcEndpointIds;
    const everyone = { AWS: '*' };
    expect(statementsOf(api.id, api.Properties.Policy)).toMatchObject([
      { effect: 'Allow', principal: everyone, condition: { StringEquals: { 'aws:SourceVpce': endpoints } } },
      { effect: 'Deny', principal: everyone, condition: { StringNotEquals: { 'aws:SourceVpce': endpoints } } },
    ]);
  });

  it('has a throttle and an access log of its own, which says whose key it was and nothing of its secret', () => {
    const { Properties, DependsOn } = only(part, 'AWS::ApiGateway::Stage');
    const throttle = configuration === 'keys' ? [20, 40] : [100, 200];
    expect(Properties.MethodSettings).toMatchObject([
      {
        ThrottlingRateLimit: throttle[0],
        ThrottlingBurstLimit: throttle[1],
        LoggingLevel: 'OFF',
        DataTraceEnabled: false,
      },
    ]);
    const { Format } = z.looseObject({ Format: z.string() }).parse(Properties.AccessLogSetting);
    expect(JSON.parse(Format)).toMatchObject({
      caller: '$context.authorizer.principalId',
      keyId: '$context.authorizer.keyId',
      route: '$context.resourcePath',
    });
    expect(Format).not.toMatch(/context\.(path|customDomain|error\.message|authenticate)|\$input|authorizationToken/);
    expect(DependsOn).toContain(only(stack, 'AWS::ApiGateway::Account').id);
  });

  it('answers in the shape of Graph: 401 with code 190 for a key that is none, 403 with code 10 for a scope', () => {
    const answers = new Map(
      ofType(part, 'AWS::ApiGateway::GatewayResponse').map(({ Properties }) => {
        const { ResponseType, StatusCode, ResponseTemplates } = z
          .looseObject({
            ResponseType: z.string(),
            StatusCode: z.coerce.number().optional(),
            ResponseTemplates: z.strictObject({ 'application/json': z.string() }),
          })
          .parse(Properties);
        const error = z
          .strictObject({
            error: z.strictObject({
              message: z.string(),
              type: z.literal('OAuthException'),
              code: z.number(),
              error_data: z.strictObject({ details: z.string() }),
              fbtrace_id: z.literal('$context.requestId'),
            }),
          })
          .parse(JSON.parse(ResponseTemplates['application/json'])).error;
        return [ResponseType, { status: StatusCode, code: error.code, message: error.message }] as const;
      }),
    );
    expect(answers.get('UNAUTHORIZED')).toMatchObject({ status: 401, code: 190 });
    expect(answers.get('ACCESS_DENIED')).toMatchObject({ status: 403, code: 10 });
    expect(answers.get('AUTHORIZER_FAILURE')).toMatchObject({ status: 500, code: 1 });
    expect(answers.get('AUTHORIZER_CONFIGURATION_ERROR')).toMatchObject({ status: 500, code: 1 });
    expect(answers.get('MISSING_AUTHENTICATION_TOKEN')).toMatchObject({ status: 404, code: 100 });
    expect(answers.get('THROTTLED')).toMatchObject({ status: 429, code: 4 });
    // Whoever has a key is not told to sign.
    for (const { message } of answers.values()) expect(message).not.toMatch(/Signature Version 4|--aws-sigv4/);
    // What API Gateway says of its own accord, and has no entry here, is one of these two.
    expect([answers.has('DEFAULT_4XX'), answers.has('DEFAULT_5XX')]).toEqual([true, true]);
  });

  it('deploys every route, every answer and the authorizer', () => {
    expect(notDeployed(part)).toEqual([]);
  });

  it('the outputs say where it is, and where the keys are', () => {
    const url =
      configuration === 'keys'
        ? `https://keys.example.com/<${api.id}>`
        : `https://<${api.id}>.execute-api.eu-west-1.<AWS::URLSuffix>/prod`;
    expect(text(stack.outputs.KeyApiUrl?.Value)).toBe(url);
    expect(text(stack.outputs.KeyApiId?.Value)).toBe(`<${api.id}>`);
    expect(byId(stack, target(stack.outputs.KeysTableName?.Value)).Type).toBe('AWS::DynamoDB::GlobalTable');
  });
});
