import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type MethodOptions,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { BlocklistConfig } from '../config.ts';
import type { DataProtection } from './data-protection.ts';

export interface RestApiProps {
  readonly config: Pick<BlocklistConfig, 'stage' | 'endpoint'>;
  readonly protection: DataProtection;
  readonly name: string;
  readonly description: string;
  readonly policy: PolicyDocument | undefined;
  /** Whether it sets the account's role for logs, which is one for all of its APIs. */
  readonly setsAccountRole: boolean;
  readonly throttle: BlocklistConfig['throttle'];
  readonly methods: MethodOptions;
  /** Of the access log: who calls. */
  readonly caller: Readonly<Record<string, string>>;
  /** Why every method asks for what it asks, for the checks of the template. */
  readonly whyNoCognito: string;
  readonly whyNoFirewall: string;
}

/**
 * One line for each request. No path and no error text, which names the path: a path holds a user's phone number. The
 * error's kind and the integration's message say what went wrong without it.
 */
function accessLogFormat(caller: RestApiProps['caller']): AccessLogFormat {
  return AccessLogFormat.custom(
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
      ...caller,
    }),
  );
}

/** What both APIs are: regional or private, throttled, counted, and logged without a user in any line. */
export function createRestApi(scope: Construct, props: RestApiProps): RestApi {
  const { config, protection, policy, setsAccountRole } = props;
  const api = new RestApi(scope, 'RestApi', {
    restApiName: props.name,
    description: props.description,
    ...endpointProps(scope, config.endpoint),
    ...(policy !== undefined && { policy }),
    cloudWatchRole: setsAccountRole,
    // Other APIs of the account write their logs with it too, so it stays whatever becomes of this stack.
    ...(setsAccountRole && { cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }),
    deployOptions: {
      stageName: config.stage,
      accessLogDestination: new LogGroupLogDestination(protection.logGroup(scope, 'AccessLog')),
      accessLogFormat: accessLogFormat(props.caller),
      metricsEnabled: true,
      // No execution log: its lines, a refusal's among them, can name the path, and so a user. No trace, which does too.
      loggingLevel: MethodLoggingLevel.OFF,
      dataTraceEnabled: false,
      tracingEnabled: false,
      throttlingRateLimit: props.throttle.requestsPerSecond,
      throttlingBurstLimit: props.throttle.burst,
    },
    defaultMethodOptions: props.methods,
  });
  // The stack has an output of its own for the address.
  api.node.tryRemoveChild('Endpoint');
  acknowledgeFindings(api, props);
  return api;
}

/** Where callers reach the API: its own address, unless the configuration gives another. */
export function addressOf(api: RestApi, stageName: string, publicUrl: string | undefined): string {
  const { region, urlSuffix } = Stack.of(api);
  return publicUrl ?? `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${stageName}`;
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

function acknowledgeFindings(api: RestApi, { whyNoCognito, whyNoFirewall, setsAccountRole }: RestApiProps): void {
  Validations.of(api).acknowledge(
    {
      id: 'AwsSolutions-APIG2',
      reason:
        'Requests are validated in the functions: the answer must be in the error shape of Graph and name the field.',
    },
    { id: 'AwsSolutions-COG4', reason: whyNoCognito },
  );
  Validations.of(api.deploymentStage).acknowledge(
    { id: 'AwsSolutions-APIG3', reason: whyNoFirewall },
    {
      id: 'AwsSolutions-APIG6',
      reason: 'An execution log can name the path, which holds a phone number. The access log has a line per request.',
    },
  );
  if (!setsAccountRole) return;
  Validations.of(api.node.findChild('CloudWatchRole')).acknowledge({
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    reason: 'The policy that AWS documents for the account role of API Gateway, which checks the role when it is set.',
  });
}
