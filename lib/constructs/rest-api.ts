import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type MethodOptions,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE, type MetricName, STAGE_DIMENSION } from '../../lambdas/contract/metrics.ts';
import type { BlocklistConfig } from '../config.ts';
import type { DataProtection } from './data-protection.ts';

/** Lines of the access log. A field without a value is a dash. */
export const GATEWAY_FAULT = '{ $.status = "5*" && $.errorType != "-" }';

export interface RestApiProps {
  readonly config: Pick<BlocklistConfig, 'stage' | 'endpoint' | 'metrics'>;
  readonly protection: DataProtection;
  readonly name: string;
  readonly description: string;
  readonly policy: PolicyDocument | undefined;
  /** Whether it sets the account's role for logs. All APIs of the account share it. */
  readonly setsAccountRole: boolean;
  readonly throttle: BlocklistConfig['throttle'];
  readonly methods: MethodOptions;
  /** Fields of the access log that name the caller. */
  readonly caller: Readonly<Record<string, string>>;
  /** Reasons for the findings of the template's checks. */
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
      Stage: '$context.stage',
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

/** What both APIs have in common: regional or private, throttled, counted, and logged without a user in any line. */
export function createRestApi(
  scope: Construct,
  props: RestApiProps,
): { readonly api: RestApi; readonly accessLog: LogGroup } {
  const { config, protection, policy, setsAccountRole } = props;
  const accessLog = protection.logGroup(scope, 'AccessLog');
  if (config.metrics !== 'off') countFaults(accessLog);
  const api = new RestApi(scope, 'RestApi', {
    restApiName: props.name,
    description: props.description,
    ...endpointProps(scope, config.endpoint),
    ...(policy !== undefined && { policy }),
    cloudWatchRole: setsAccountRole,
    // Other APIs of the account use it for their logs too, so it stays when this stack is deleted.
    ...(setsAccountRole && { cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }),
    deployOptions: {
      stageName: config.stage,
      accessLogDestination: new LogGroupLogDestination(accessLog),
      accessLogFormat: accessLogFormat(props.caller),
      metricsEnabled: true,
      // No execution log: its lines, even those about refusals, can have the path, and so a user. No trace either, for the
      // same reason.
      loggingLevel: MethodLoggingLevel.OFF,
      dataTraceEnabled: false,
      tracingEnabled: false,
      throttlingRateLimit: props.throttle.requestsPerSecond,
      throttlingBurstLimit: props.throttle.burst,
    },
    defaultMethodOptions: props.methods,
  });
  // The stack has its own output for the address.
  api.node.tryRemoveChild('Endpoint');
  acknowledgeFindings(api, props);
  return { api, accessLog };
}

/**
 * What API Gateway answers by itself with a 5xx is a fault that no function has counted: it failed, ran out of time or got no
 * concurrency, or the authorizer did. The rest of the metric comes from the functions.
 */
function countFaults(accessLog: LogGroup): void {
  new MetricFilter(accessLog, 'Faults', {
    logGroup: accessLog,
    filterPattern: FilterPattern.literal(GATEWAY_FAULT),
    metricNamespace: METRICS_NAMESPACE,
    metricName: 'ServiceFaults' satisfies MetricName,
    metricValue: '1',
    unit: Unit.COUNT,
    dimensions: { [STAGE_DIMENSION]: `$.${STAGE_DIMENSION}` },
  });
}

/** The address at which callers reach the API: its own, unless the configuration gives another. */
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
