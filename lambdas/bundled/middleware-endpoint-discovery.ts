/**
 * Stands in bundles in place of the SDK's endpoint discovery (with two libraries for its cache, 9 KB), which DynamoDB's client
 * offers, no command of it that we use asks for, and AWS has off. See `lib/bundling.ts`.
 */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};

export const resolveEndpointDiscoveryConfig = <T>(config: T): T => config;
