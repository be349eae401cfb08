import { randomBytes } from 'node:crypto';
import { PlainError } from '../../lib/plain-error.ts';
import { CHILD_PATH } from './paths.ts';

/** The only region that local runs know. */
export const LOCAL_REGION = 'us-east-1';

/** The variable in which a process passes its new credentials to those that it starts, such as the workers of a test run. */
const DRAWN = { id: 'BLOCKLIST_LOCAL_ACCESS_KEY_ID', secret: 'BLOCKLIST_LOCAL_SECRET_ACCESS_KEY' } as const;

/** The credentials of the local account's root. They are new for each run, and useless anywhere else. */
export const LOCAL_CREDENTIALS = drawCredentials();

function drawCredentials(): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  process.env[DRAWN.id] ??= `LOCAL${randomBytes(10).toString('hex').toUpperCase()}`;
  process.env[DRAWN.secret] ??= randomBytes(30).toString('hex');
  return { accessKeyId: process.env[DRAWN.id] ?? '', secretAccessKey: process.env[DRAWN.secret] ?? '' };
}

const LOOPBACK_HOSTS = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Gives back the URL when it is plain HTTP to this machine.
 *
 * @throws PlainError for everything else: a local run never talks to another machine, least of all to AWS.
 */
export function requireLoopback(url: string, what: string): URL {
  if (!URL.canParse(url)) throw new PlainError(`${what} is not a URL: ${url}`);
  const parsed = new URL(url);
  // The host decides, not the text: http://127.0.0.1@example.com is a name before the @ and another machine behind it.
  if (parsed.protocol !== 'http:' || !LOOPBACK_HOSTS.test(parsed.hostname) || parsed.username !== '') {
    throw new PlainError(
      `${what} must be on this machine (http://127.0.0.1:<port>), and ${parsed.host} is not. Local runs talk to no other machine.`,
    );
  }
  return parsed;
}

/** @throws PlainError unless the credentials are those of this run. */
export function requireLocalCredentials(env: Readonly<Record<string, string | undefined>>): void {
  if (
    env.AWS_ACCESS_KEY_ID !== LOCAL_CREDENTIALS.accessKeyId ||
    env.AWS_SECRET_ACCESS_KEY !== LOCAL_CREDENTIALS.secretAccessKey ||
    env.AWS_SESSION_TOKEN !== undefined ||
    env.AWS_PROFILE !== undefined
  ) {
    throw new PlainError('A local run must use its own credentials only, and no profile.');
  }
}

/**
 * The whole environment of a child process that calls AWS. It is built from nothing, so that no profile, credential, region,
 * proxy or endpoint of the caller's shell can direct it to a real account.
 */
export function awsChildEnvironment(endpoint: string, homeDirectory: string): Record<string, string> {
  const env = {
    PATH: CHILD_PATH,
    HOME: homeDirectory,
    TMPDIR: homeDirectory,
    LANG: 'C.UTF-8',
    CI: 'true',
    NO_COLOR: '1',
    AWS_ENDPOINT_URL: requireLoopback(endpoint, 'The AWS endpoint').origin,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_DISABLE_VERSION_CHECK: '1',
  };
  requireLocalCredentials(env);
  return env;
}
