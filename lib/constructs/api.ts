import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { BlocklistConfig } from '../config.ts';
import { CallerPolicies } from './caller-policies.ts';
import { createInTurn } from './create-in-turn.ts';
import type { DataProtection } from './data-protection.ts';
import type { Functions } from './functions.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { resourcePolicy } from './resource-policy.ts';
import { addRoutes } from './routes.ts';

export interface ApiProps {
  readonly config: Pick<
    BlocklistConfig,
    'stage' | 'endpoint' | 'callerAccounts' | 'throttle' | 'apiGatewayAccountRole' | 'publicUrl'
  >;
  readonly protection: DataProtection;
  readonly functions: Functions;
}

/**
 * One line for each request. No path and no error text, which names the path: a path holds a user's phone number. The
 * error's kind and the integration's message say what went wrong without it.
 */
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTimeEpoch',
    method: '$context.httpMethod',
    route: '$context.resourcePath',
    status: '$context.status',
    latencyMs: '$context.responseLatency',
    integrationLatencyMs: '$context.integrationLatency',
    integrationStatus: '$context.integration.integrationStatus',
    integrationError: '$context.integration.error',
    errorType: '$context.error.responseType',
    responseBytes: '$context.responseLength',
    caller: '$context.identity.userArn',
  }),
);

/** The HTTP API: one function for each route, every route for signed callers only, regional or private. */
export class Api extends Construct {
  /** Without a slash at the end: `<url>/v25.0/<phone-number-id>/block_users`. */
  readonly url: string;
  readonly restApiId: string;
  readonly stageName: string;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { config, protection } = props;
    const policy = resourcePolicy(config);
    const api = new RestApi(this, 'RestApi', {
      restApiName: `blocklist-${config.stage}`,
      description: 'Block, unblock and look up WhatsApp users',
      ...endpointProps(this, config.endpoint),
      ...(policy !== undefined && { policy }),
      cloudWatchRole: config.apiGatewayAccountRole,
      // Other APIs of the account use it for their logs too, so it stays when this stack is deleted.
      ...(config.apiGatewayAccountRole && { cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }),
      deployOptions: {
        stageName: config.stage,
        accessLogDestination: new LogGroupLogDestination(protection.logGroup(this, 'AccessLog')),
        accessLogFormat: ACCESS_LOG_FORMAT,
        metricsEnabled: true,
        // No execution log: its lines, even those about refusals, can have the path, and so a user. No trace either, for the
        // same reason.
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        tracingEnabled: false,
        throttlingRateLimit: config.throttle.requestsPerSecond,
        throttlingBurstLimit: config.throttle.burst,
      },
      defaultMethodOptions: { authorizationType: AuthorizationType.IAM },
    });
    // The stack has its own output for the address.
    api.node.tryRemoveChild('Endpoint');
    addGatewayResponses(api);
    addRoutes(api, props.functions.of('api'));
    createInTurn(api);
    new CallerPolicies(this, 'CallerPolicies', { api, stageName: config.stage });
    acknowledgeFindings(api, config.apiGatewayAccountRole);

    const { region, urlSuffix } = Stack.of(this);
    const publicUrl = config.publicUrl?.replaceAll('{apiId}', api.restApiId);
    this.url = publicUrl ?? `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${config.stage}`;
    if (publicUrl !== undefined) props.functions.tellPublicUrl(publicUrl);
    this.restApiId = api.restApiId;
    this.stageName = config.stage;
  }
}

function endpointProps(scope: Construct, endpoint: BlocklistConfig['endpoint']) {
  if (endpoint.type === 'regional') return { endpointConfiguration: { types: [EndpointType.REGIONAL] } };
  return {
    endpointConfiguration: {
      types: [EndpointType.PRIVATE],
      vpcEndpoints: endpoint.vpcEndpointIds.map((vpcEndpointId) =>
        InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(scope, vpcEndpointId, { vpcEndpointId, port: 443 }),
      ),
    },
  };
}

function acknowledgeFindings(api: RestApi, hasAccountRole: boolean): void {
  Validations.of(api).acknowledge(
    {
      id: 'AwsSolutions-APIG2',
      reason:
        'Requests are validated in the functions: the answer must be in the error shape of Graph and name the field.',
    },
    {
      id: 'AwsSolutions-COG4',
      reason:
        'Callers are services with an AWS identity: every method asks for an IAM signature, not for a Cognito user.',
    },
  );
  Validations.of(api.deploymentStage).acknowledge(
    {
      id: 'AwsSolutions-APIG3',
      reason: 'Only signed callers of the team get through; a firewall of the account can be attached to the stage.',
    },
    {
      id: 'AwsSolutions-APIG6',
      reason: 'An execution log can name the path, which holds a phone number. The access log has a line per request.',
    },
  );
  if (!hasAccountRole) return;
  Validations.of(api.node.findChild('CloudWatchRole')).acknowledge({
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    reason: 'The policy that AWS documents for the account role of API Gateway, which checks the role when it is set.',
  });
}
