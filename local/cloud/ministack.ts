import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { PlainError } from '../../lib/plain-error.ts';
import { until } from '../until.ts';
import { installPythonPackage, type PythonInstallation } from './install-python-package.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from './loopback.ts';
import { CHILD_PATH } from './paths.ts';
import { createRunDirectories, type RunDirectories } from './run-directory.ts';
import { type SupervisedProcess, startSupervised } from './supervised-process.ts';
import { lastLines } from './tail.ts';

/** Milliseconds to the first healthy answer; about one second is normal. */
const START_DEADLINE_MS = 60_000;
/** Times that another process may take the chosen port before we get it. */
const PORT_ATTEMPTS = 5;

export interface MiniStackOptions {
  log?: (line: string) => void;
  /** Seconds of a Step Functions Wait are multiplied by this; 0 makes every Wait instant. 1 unless given. */
  waitScale?: number;
  /** Judges IAM policies, as AWS does; off unless given. The credentials of the run are the account's root. */
  enforceIam?: boolean;
  /** Ends the start; it then throws, and nothing is left running. */
  signal?: AbortSignal;
}

export interface MiniStack {
  /** `http://127.0.0.1:<port>`, for every service. */
  readonly endpoint: string;
  readonly directories: RunDirectories;
  readonly logFile: string;
  /** Settles when the server has ended, expected or not. */
  readonly exited: Promise<number>;
  /** Ends it with the functions it runs and its state; safe to repeat. */
  stop(): Promise<void>;
}

/**
 * Installs MiniStack if needed, and starts it on a free port of the loopback interface, without the caller's environment. It
 * ends with `stop`, or by itself when this process ends.
 *
 * @throws PlainError if it cannot be installed or does not become healthy in time.
 */
export async function startMiniStack(options: MiniStackOptions = {}): Promise<MiniStack> {
  const { signal } = options;
  const installation = await installPythonPackage('ministack', {
    ...(options.log !== undefined && { log: options.log }),
    ...(signal !== undefined && { signal }),
  });
  const directories = createRunDirectories();
  const logFile = join(directories.logs, 'ministack.log');
  for (let attempt = 1; attempt <= PORT_ATTEMPTS; attempt++) {
    signal?.throwIfAborted();
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const instance = randomUUID();
    const server = startSupervised({
      command: installation.python,
      args: [join(import.meta.dirname, 'guarded_ministack.py')],
      env: miniStackEnvironment({
        port,
        instance,
        directories,
        installation,
        waitScale: options.waitScale ?? 1,
        enforceIam: options.enforceIam ?? false,
      }),
      cwd: directories.run,
      logFile,
      removeAfter: [directories.run],
    });
    try {
      if (await becomesHealthy({ endpoint, instance, server }, signal)) {
        return { endpoint, directories, logFile, exited: server.exited, stop: () => server.stop() };
      }
    } catch (error) {
      await server.stop();
      throw error;
    }
    await server.stop();
    if (!readFileSync(logFile, 'utf8').includes('already in use')) break;
  }
  throw new PlainError(
    `MiniStack did not start. Its log (${logFile}) ends with:\n${lastLines(readFileSync(logFile, 'utf8'), 15)}`,
  );
}

/** MiniStack passes its own environment on to every function, so it gets a clean one. */
export function miniStackEnvironment(run: {
  port: number;
  instance: string;
  directories: RunDirectories;
  installation: PythonInstallation;
  waitScale: number;
  enforceIam: boolean;
}): Record<string, string> {
  const temporary = join(run.directories.run, 'tmp');
  const state = join(run.directories.run, 'state');
  mkdirSync(temporary, { recursive: true });
  mkdirSync(state, { recursive: true });
  return {
    ...run.installation.env,
    // `node` on this path is what functions run on.
    PATH: CHILD_PATH,
    HOME: run.directories.run,
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    PYTHONUNBUFFERED: '1',
    GATEWAY_PORT: String(run.port),
    BIND_HOST: '127.0.0.1',
    STATE_DIR: state,
    S3_DATA_DIR: join(state, 's3'),
    FUNCTIONS_LOG: join(run.directories.logs, 'functions.log'),
    MINISTACK_REGION: LOCAL_REGION,
    // The credentials of the account's root. A function gets those of its role.
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    // Told back by the health answer: a healthy server of somebody else on the port is not ours.
    MINISTACK_EDITION: run.instance,
    AUTH: String(run.enforceIam),
    SFN_WAIT_SCALE: String(run.waitScale),
    LAMBDA_EXECUTOR: 'local',
    // A warning that MiniStack's own wrapper around a function causes, in every function's log.
    NODE_OPTIONS: '--disable-warning=DEP0169',
    // Parts that would listen on fixed ports, or look for containers that are not ours.
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    DOCKER_HOST: `unix://${join(run.directories.run, 'no-docker.sock')}`,
    // For the SDK in the functions; the endpoint and the credentials are set for each by MiniStack.
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

const healthAnswer = z.object({ edition: z.string() });

/** A server that was just started, and the name that distinguishes it from another one on its port. */
interface Starting {
  readonly endpoint: string;
  readonly instance: string;
  readonly server: SupervisedProcess;
}

/** False when the server ended by itself; waits for it otherwise. */
async function becomesHealthy(
  { endpoint, instance, server }: Starting,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const look = async () => {
    signal?.throwIfAborted();
    if (server.exitCode !== undefined) return false;
    try {
      const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
      const health = healthAnswer.safeParse(await response.json());
      if (health.success && health.data.edition === instance) return true;
    } catch {
      // Not listening yet.
    }
    return undefined;
  };
  return until(`an answer of MiniStack on ${endpoint}`, look, START_DEADLINE_MS);
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new PlainError('No free port on 127.0.0.1.');
  return address.port;
}
