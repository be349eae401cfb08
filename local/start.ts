/** `npm start`: the whole service on this machine, until Ctrl-C. */
import { parseArgs } from 'node:util';
import { describeFailure, PlainError } from '../lib/plain-error.ts';
import { abortOnSignal, Stopped } from './cloud/abort-on-signal.ts';
import { curlExamples } from './cloud/curl-examples.ts';
import { type LocalStack, startLocalStack } from './cloud/local-stack.ts';
import { requireLoopback } from './cloud/loopback.ts';
import { claimStack, STACK_FILE } from './cloud/stack-info.ts';

export const HELP = `Usage: npm start [-- options]

Starts a local AWS (MiniStack) and a Graph simulator on this machine, deploys the stack with the CDK, and keeps it up
until Ctrl-C. While it runs, .local/stack.json has its address and credentials.

  --graph-url <url>  use this server on this machine instead of the simulator (http://127.0.0.1:<port>)
  --token <token>    content of the token secret: a token, or the JSON of several (default: the simulator's token)
  --help             this text
`;

export interface StartArguments {
  help: boolean;
  graphUrl: string | undefined;
  token: string | undefined;
}

/** @throws PlainError for anything unknown or incomplete, with the help */
export function parseStartArguments(args: readonly string[]): StartArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', default: false },
        'graph-url': { type: 'string' },
        token: { type: 'string' },
      },
    });
    if (values['graph-url'] !== undefined) requireLoopback(values['graph-url'], '--graph-url');
    return { help: values.help, graphUrl: values['graph-url'], token: values.token };
  } catch (error) {
    if (error instanceof PlainError) throw error;
    // The parser's own message may quote the token.
    throw new PlainError(`Unknown or incomplete option.\n\n${HELP}`);
  }
}

const say = (line = ''): void => void process.stdout.write(`${line}\n`);

function describe({ info, simulator }: LocalStack): void {
  say();
  say(`API    ${info.apiUrl}`);
  say(`       ${info.keyApiUrl}  (for callers with a key)`);
  say(`Graph  ${info.graphUrl}`);
  say(`AWS    ${info.endpoint}  (region ${info.region})`);
  say(`These, and the credentials of this run, are in ${STACK_FILE}`);
  for (const { title, command } of curlExamples(info)) {
    say();
    say(`# ${title}`);
    say(command);
  }
  say();
  say(`Logs of the functions, MiniStack and the deploy:  tail -F "${info.logs}"/*.log`);
  if (simulator !== undefined) say(`What the simulator was asked:  curl -sS ${info.graphUrl}/_simulator/calls`);
  say();
  say('A page to look up, block and unblock users:  npx blocklist console --local');
  say('Running. Ctrl-C stops it.');
}

async function untilStopped(stack: LocalStack, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
  const failure = await Promise.race([stopped, stack.failed]);
  if (failure !== undefined) throw new PlainError(failure);
}

async function main(): Promise<void> {
  const options = parseStartArguments(process.argv.slice(2));
  if (options.help) return say(HELP);
  const signal = abortOnSignal();
  const claim = claimStack();
  process.on('exit', () => claim.release());
  const stack = await startLocalStack({
    ...(options.graphUrl !== undefined && { graphUrl: options.graphUrl }),
    ...(options.token !== undefined && { token: options.token }),
    log: say,
    signal,
  });
  try {
    claim.publish(stack.info);
    describe(stack);
    await untilStopped(stack, signal);
    say('\nStopping');
  } finally {
    await stack.stop();
    claim.release();
  }
  say('Stopped; nothing is left running.');
}

if (import.meta.main) {
  try {
    await main();
    process.exit(0);
  } catch (error) {
    if (error instanceof Stopped) {
      say('\nStopped before it was up; nothing is left running.');
      process.exit(130);
    }
    process.stderr.write(`\n${describeFailure(error)}\n`);
    process.exit(1);
  }
}
