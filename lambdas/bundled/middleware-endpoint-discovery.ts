/**
 * In bundles, replaces the SDK's endpoint discovery (9 KB, with two libraries for its cache). DynamoDB's client offers it,
 * but no command that we use needs it, and AWS has it off. See `lib/bundling.ts`.
 */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};

export const resolveEndpointDiscoveryConfig = <T>(config: T): T => config;
