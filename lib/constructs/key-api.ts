import { Duration } from 'aws-cdk-lib';
import { AuthorizationType, type RestApi, TokenAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import { Construct, type IDependable } from 'constructs';
import { authorizationPattern } from '../../lambdas/contract/api-keys.ts';
import { routesOf } from '../../lambdas/contract/routes.ts';
import type { BlocklistConfig } from '../config.ts';
import type { DataProtection } from './data-protection.ts';
import type { Functions } from './functions.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { KEY_REFUSALS } from './key-refusals.ts';
import { keyApiPolicy } from './resource-policy.ts';
import { addressOf, createRestApi } from './rest-api.ts';
import { addRoutes } from './routes.ts';

export interface KeyApiProps {
  readonly config: Pick<BlocklistConfig, 'stage' | 'endpoint' | 'callers' | 'apiKey' | 'metrics'>;
  readonly protection: DataProtection;
  readonly functions: Functions;
  /** See `Api`. */
  readonly accountRole: IDependable | undefined;
}

/**
 * The same routes and functions once more, for callers that send a key (`Authorization: Bearer …`) as they would send Graph its
 * token: a method of API Gateway takes one kind of caller only. Keys themselves are managed through the other API.
 */
export class KeyApi extends Construct {
  /** Without a slash at the end. */
  readonly url: string;
  readonly restApi: RestApi;
  readonly accessLogName: string;

  constructor(scope: Construct, id: string, { config, protection, functions, accountRole }: KeyApiProps) {
    super(scope, id);
    const { stage, apiKey } = config;
    const authorizer = new TokenAuthorizer(this, 'Authorizer', {
      handler: functions.get('authorizeKey').lambda,
      validationRegex: authorizationPattern(stage),
      resultsCacheTtl: Duration.seconds(apiKey.cacheSeconds),
    });
    const { api, accessLog } = createRestApi(this, {
      config,
      protection,
      name: `blocklist-${stage}-keys`,
      description: 'Block, unblock and look up WhatsApp users, for callers with a key',
      policy: keyApiPolicy(config),
      setsAccountRole: false,
      throttle: apiKey.throttle,
      methods: { authorizationType: AuthorizationType.CUSTOM, authorizer },
      caller: { caller: '$context.authorizer.principalId', keyId: '$context.authorizer.keyId' },
      whyNoCognito:
        'Callers are SDKs and tools that send a key, which an authorizer looks up: they are no Cognito users.',
      whyNoFirewall: 'Only callers with a key get through; a firewall of the account can be attached to the stage.',
    });
    if (accountRole !== undefined) api.deploymentStage.node.addDependency(accountRole);
    addGatewayResponses(api, KEY_REFUSALS);
    addRoutes(api, routesOf('apiKey', config.callers), functions.of('api'));

    const publicUrl = apiKey.publicUrl?.replaceAll('{apiId}', api.restApiId);
    this.url = addressOf(api, stage, publicUrl);
    if (publicUrl !== undefined) functions.tellPublicUrl('apiKey', publicUrl);
    this.restApi = api;
    this.accessLogName = accessLog.logGroupName;
  }
}
