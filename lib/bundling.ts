import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

/** Modules that a bundle gets something smaller or faster for. Paths are from the root of the project. */
const IN_PLACE_OF = {
  '@aws-sdk/credential-provider-node': './lambdas/bundled/credential-provider-node.ts',
  'node:http': './lambdas/bundled/node-http.ts',
  'node:https': './lambdas/bundled/node-https.ts',
} as const;

/** How the code of every function is bundled. What each of it gives: `docs/adr/0010-what-a-bundle-holds.md`. */
export const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  // Read by people and tools after the fact. Node's own use of them costs a cold start 9 ms, so it stays off.
  sourceMap: true,
  sourcesContent: false,
  // The SDK goes into the bundle: one version, the one that was tested, and no search for it at start.
  externalModules: [],
  esbuildArgs: Object.fromEntries(Object.entries(IN_PLACE_OF).map(([name, path]) => [`--alias:${name}`, path])),
  logLevel: LogLevel.WARNING,
};
