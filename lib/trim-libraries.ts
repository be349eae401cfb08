import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { PROJECT_ROOT } from './project-root.ts';

const ADAPTERS = join(PROJECT_ROOT, 'lambdas', 'adapters');
/** `export var Name$ = [ … ];`, as the SDK's generator writes the shape of an operation, an input, an error. */
const SHAPE = /^export var (\w+\$) = (\[[\s\S]*?\n?\]);$/gm;
/** The code that makes an error's class from an answer that names it. */
const REGISTERED_ERROR = /^n\d_registry\.registerError\(\w+\$, (\w+)\);\n/gm;
/** An error after which the SDK retries, whatever its name and status. */
const RETRYABLE_ERROR = /^export class (\w+) [^}]*?\$retryable/gm;

/** A step of each call that does nothing. */
const noStep = (name: string) => `export const ${name} = () => ({ applyToStack: () => undefined });`;
/** Names that a module must export and nobody calls. */
const unused = (...names: readonly string[]) =>
  `export const ${names.map((name) => `${name} = undefined`).join(', ')};`;

const CORE = '@smithy/core/dist-es/submodules/';
const AWS_CORE = '@aws-sdk/core/dist-es/submodules/client/';
const LOGGER = '@aws-lambda-powertools/logger/lib/esm/';

/** What a function gets in place of a file of a library. */
const IN_PLACE_OF: Readonly<Record<string, string>> = {
  // For other environments than Lambda: each gives what the file gives if it finds nothing. First `~/.aws/config`, which is read
  // at each start.
  [`${CORE}config/shared-ini-file-loader/loadSharedConfigFiles.js`]:
    'export { CONFIG_PREFIX_SEPARATOR } from "./constants";' +
    'export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });',
  [`${CORE}config/config-resolver/regionConfig/getInstanceMetadataRegion.js`]:
    'export const getInstanceMetadataRegion = async () => undefined;',
  // Its retries are `standard` unless `AWS_RETRY_MODE` says otherwise.
  [`${CORE}retry/util-retry/AdaptiveRetryStrategy.js`]:
    'export class AdaptiveRetryStrategy { constructor() { throw new Error("Adaptive retries are not in the bundle"); } }',
  // For Node.js without crypto.
  [`${CORE}checksum/sha256/Sha256Js.js`]: unused('Sha256Js'),

  // What the clients do in each call, or at each start, for nobody. Their log walks through all data sent and received: a tenth
  // of the CPU of 1,000 users.
  [`${AWS_CORE}middleware-logger/loggerMiddleware.js`]:
    noStep('getLoggerPlugin') + unused('loggerMiddleware', 'loggerMiddlewareOptions'),
  // The header with their version.
  [`${AWS_CORE}middleware-user-agent/user-agent-middleware.js`]:
    noStep('getUserAgentPlugin') + unused('userAgentMiddleware', 'getUserAgentMiddlewareOptions'),
  [`${AWS_CORE}middleware-user-agent/configurations.js`]: `export const resolveUserAgentConfig = (config) => config; ${unused('DEFAULT_UA_APP_ID')}`,
  [`${AWS_CORE}util-user-agent-node/defaultUserAgent.js`]: `export const createDefaultUserAgentProvider = () => undefined; ${unused('defaultUserAgent', 'crtAvailability')}`,
  // A warning about old versions of Node.js.
  [`${AWS_CORE}emitWarningIfUnsupportedVersion.js`]: `export const emitWarningIfUnsupportedVersion = () => undefined; ${unused('state')}`,
  // AWS's JSON has times as numbers of seconds.
  [`${CORE}serde/date-utils.js`]:
    'export const parseEpochTimestamp = (seconds) => seconds == null ? undefined : new Date(Math.round(seconds * 1000));' +
    'const text = () => { throw new Error("Times as texts are not in the bundle"); };' +
    'export { text as dateToUtcString, text as parseRfc3339DateTime, text as parseRfc3339DateTimeWithOffset, text as parseRfc7231DateTime };',
  // Names of buckets.
  [`${CORE}endpoints/middleware-endpoint/service-customizations/s3.js`]: unused(
    'resolveParamsForS3',
    'DOT_PATTERN',
    'S3_HOSTNAME_PATTERN',
    'isDnsCompatibleBucketName',
    'isArnBucketName',
  ),

  // Parts of the logger that no function switches on: its own layout of a line, and lines that are kept back.
  [`${LOGGER}formatter/PowertoolsLogFormatter.js`]:
    'export class PowertoolsLogFormatter { constructor() { throw new Error("The layout of lines is not in the bundle"); } }',
  [`${LOGGER}logBuffer.js`]:
    'export class SizedItem {} export class SizedSet {} export class CircularMap { constructor() { throw new Error("Buffered lines are not in the bundle"); } }',
};

/**
 * Lets esbuild omit whatever no function uses of its libraries: shapes of operations that nobody calls, classes of
 * errors that nobody names, names of regions, all of each `package.json` but the version, and code for other environments than Lambda. An error
 * without its class arrives as the service's own exception, with the same name, status and text; the SDK still retries it.
 */
export function trimLibraries(): Plugin {
  return {
    name: 'trim-libraries',
    setup({ onLoad }) {
      onLoad({ filter: /\/@aws-sdk\/client-[\w-]+\/package\.json$/ }, ({ path }) => {
        const { version } = JSON.parse(readFileSync(path, 'utf8'));
        return { contents: JSON.stringify({ version }), loader: 'json' };
      });
      onLoad({ filter: /\/@aws-sdk\/client-[\w-]+\/dist-es\/schemas\/schemas_0\.js$/ }, ({ path }) => {
        const errors = readFileSync(join(dirname(path), '..', 'models', 'errors.js'), 'utf8');
        const kept = new Set([...errors.matchAll(RETRYABLE_ERROR)].map(([, name]) => name));
        return { contents: trimSchemas(readFileSync(path, 'utf8'), (name) => kept.has(name) || isNamed(name)) };
      });
      // What the extensions of a client may change: no client has any.
      onLoad({ filter: /\/@aws-sdk\/client-[\w-]+\/dist-es\/runtimeExtensions\.js$/ }, () => ({
        contents: 'export const resolveRuntimeExtensions = (config) => config;',
      }));
      for (const [file, contents] of Object.entries(IN_PLACE_OF)) {
        const filter = new RegExp(`/${file.replaceAll('.', '\\.')}$`);
        onLoad({ filter }, ({ path }) => ({ contents, resolveDir: dirname(path) }));
      }
      onLoad({ filter: /\/util-endpoints\/lib\/aws\/partitions\.js$/ }, ({ path }) => ({
        contents: trimPartitions(readFileSync(path, 'utf8')),
      }));
      // A namespace in a namespace is kept whole.
      onLoad({ filter: /\/zod\/v4\/mini\/schemas\.js$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replaceAll('core.util.', 'util.'),
      }));
    },
  };
}

/** @throws when the SDK's generator writes its schemas another way, and nothing would be trimmed */
export function trimSchemas(source: string, isErrorUsed: (name: string) => boolean): string {
  if (source.search(SHAPE) < 0 || source.search(REGISTERED_ERROR) < 0) throw new Error('The schemas have changed');
  return source
    .replace(REGISTERED_ERROR, (line, name: string) => (isErrorUsed(name) ? line : ''))
    .replace(SHAPE, 'export var $1 = /* @__PURE__ */ (() => $2)();');
}

/** The regions of a partition by name. Their description is for people, and the pattern beside them matches each of them. */
const REGIONS = /"regions": \{[\s\S]*?\n {12}\}/g;

/** @throws when the SDK's generator writes its partitions another way, and nothing would be trimmed */
export function trimPartitions(source: string): string {
  if (source.search(REGIONS) < 0) throw new Error('The partitions have changed');
  return source.replace(REGIONS, '"regions": {}');
}

/** Whether an adapter has the class of an error in its code. */
function isNamed(name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(adapters());
}

function adapters(): string {
  const files = readdirSync(ADAPTERS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.map((file) => readFileSync(join(ADAPTERS, file), 'utf8')).join('\n');
}
