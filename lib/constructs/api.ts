import { AuthorizationType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Construct, type IDependable } from 'constructs';
import { routesOf } from '../../lambdas/contract/routes.ts';
import type { BlocklistConfig } from '../config.ts';
import { CallerPolicies } from './caller-policies.ts';
import type { DataProtection } from './data-protection.ts';
import type { Functions } from './functions.ts';
import { SIGNED_REFUSALS } from './gateway-refusals.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { resourcePolicy } from './resource-policy.ts';
import { addressOf, createRestApi } from './rest-api.ts';
import { addRoutes } from './routes.ts';

export interface ApiProps {
  readonly config: Pick<
    BlocklistConfig,
    'stage' | 'endpoint' | 'callers' | 'callerAccounts' | 'throttle' | 'apiGatewayAccountRole' | 'publicUrl' | 'metrics'
  >;
  readonly protection: DataProtection;
  readonly functions: Functions;
}

/** The HTTP API: one function for each route, every route for signed callers only, regional or private. */
export class Api extends Construct {
  /** Without a slash at the end: `<url>/v25.0/<phone-number-id>/block_users`. */
  readonly url: string;
  readonly restApi: RestApi;
  readonly accessLogName: string;
  /** The account's role for logs, if this stack sets it: a stage with a log needs it first. */
  readonly accountRole: IDependable | undefined;
  readonly stageName: string;

  constructor(scope: Construct, id: string, { config, protection, functions }: ApiProps) {
    super(scope, id);
    const { api, accessLog } = createRestApi(this, {
      config,
      protection,
      name: `blocklist-${config.stage}`,
      description: 'Block, unblock and look up WhatsApp users',
      policy: resourcePolicy(config),
      setsAccountRole: config.apiGatewayAccountRole,
      throttle: config.throttle,
      methods: { authorizationType: AuthorizationType.IAM },
      caller: { caller: '$context.identity.userArn' },
      whyNoCognito:
        'Callers are services with an AWS identity: every method asks for an IAM signature, not for a Cognito user.',
      whyNoFirewall:
        'Only signed callers of the team get through; a firewall of the account can be attached to the stage.',
    });
    const routes = routesOf('iam', config.callers);
    addGatewayResponses(api, SIGNED_REFUSALS);
    addRoutes(api, routes, functions.of('api'));
    new CallerPolicies(this, 'CallerPolicies', { api, stageName: config.stage, routes });

    const publicUrl = config.publicUrl?.replaceAll('{apiId}', api.restApiId);
    this.url = addressOf(api, config.stage, publicUrl);
    if (publicUrl !== undefined) functions.tellPublicUrl('iam', publicUrl);
    this.restApi = api;
    this.accessLogName = accessLog.logGroupName;
    this.accountRole = api.node.tryFindChild('Account');
    this.stageName = config.stage;
  }
}
