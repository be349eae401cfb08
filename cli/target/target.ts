import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import type { Authentication, AwsAccess, Target } from './access.ts';
import { awsCredentials } from './credentials.ts';
import { localTarget } from './local.ts';
import { regionOfUrl, requireRegion } from './region.ts';
import { stackNameOf, stageOutputs } from './stage.ts';

/** Options that say which service to call, and as whom. */
export interface TargetOptions {
  readonly stage?: string | undefined;
  readonly apiUrl?: string | undefined;
  readonly local?: boolean | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly onBehalfOf?: string | undefined;
}

/**
 * Which service to call: `--local`, `--stage`, or an address.
 *
 * @throws CliError if none is named, or several are
 */
export async function findTarget(terminal: Terminal, options: TargetOptions): Promise<Target> {
  const { local = false, stage, region } = options;
  const named = [local && '--local', stage !== undefined && '--stage', options.apiUrl !== undefined && '--api-url'];
  const given = named.filter((name) => name !== false);
  if (given.length > 1) {
    throw new CliError(EXIT.usage, `${given.join(' and ')} name different services; give one of them`);
  }
  const key = terminal.env.BLOCKLIST_API_KEY || undefined;
  if (local) return localTarget(terminal, key);
  if (stage !== undefined) {
    const aws = { region: requireRegion(terminal, region), credentials: awsCredentials(options) };
    const outputs = await stageOutputs(stage, aws);
    const apiUrl = key === undefined ? outputs.ApiUrl : outputs.KeyApiUrl;
    if (apiUrl === undefined) {
      throw new CliError(
        EXIT.usage,
        `BLOCKLIST_API_KEY is set, and the stage ${stage} has no API for keys`,
        'Unset BLOCKLIST_API_KEY to call with your AWS credentials',
      );
    }
    return {
      apiUrl: withoutSlash(apiUrl),
      authentication: authenticate(key, aws),
      aws: { ...aws, stackName: stackNameOf(stage), outputs },
    };
  }
  const apiUrl = options.apiUrl ?? (terminal.env.BLOCKLIST_API_URL || undefined);
  if (apiUrl === undefined) {
    throw new CliError(
      EXIT.usage,
      'Which service? Nothing names one',
      'Give --stage <name>, --api-url <url> (or BLOCKLIST_API_URL), or --local while `npm start` runs',
    );
  }
  const url = requireUrl(apiUrl, options.apiUrl === undefined ? 'BLOCKLIST_API_URL' : '--api-url');
  if (key !== undefined) return { apiUrl: url, authentication: { kind: 'key', key } };
  const signing = {
    region: region ?? regionOfUrl(url) ?? requireRegion(terminal, undefined),
    credentials: awsCredentials(options),
  };
  return { apiUrl: url, authentication: authenticate(undefined, signing) };
}

function authenticate(key: string | undefined, aws: Pick<AwsAccess, 'region' | 'credentials'>): Authentication {
  if (key !== undefined) return { kind: 'key', key };
  return { kind: 'iam', region: aws.region, credentials: aws.credentials };
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** A call has a key or a signature, and the ids of people: it goes over TLS, or stays on this machine. */
function requireUrl(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (!url || !isSafe || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new CliError(EXIT.usage, `${name}: must be an https address, as the output ApiUrl of the stack has it`);
  }
  return withoutSlash(url.href);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
