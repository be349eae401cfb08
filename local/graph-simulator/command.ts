import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ControlInputError, parseInput } from './control-input.ts';
import { type StartOptionsInput, startSchema } from './options.ts';
import { parseJson } from './read-body.ts';
import { type GraphSimulator, startGraphSimulator } from './server.ts';

const HELP = `Usage: node local/graph-simulator/main.ts [options]

Simulates Meta's Block Users API, and Splashify's dialect of it. Listens on this machine only.

  --port <number>   port to listen on (default 0: any free port)
  --host <address>  127.0.0.1 (default) or ::1
  --options <file>  JSON file with the options of local/graph-simulator/options.ts
  --help            this text

Prints one line with its address when it is ready. SIGINT and SIGTERM stop it.
While it runs, you can read and change its options, faults, users and lists under /_simulator.
`;

/** A message for the user without a stack trace. It never has a token or a phone number. */
class UsageError extends Error {
  override name = 'UsageError';
}

/** The streams that the command writes to. */
export interface CommandOutput {
  out(text: string): void;
  err(text: string): void;
}

/** Starts the simulator according to the arguments. With `--help`, or after an error, there is none. */
export async function runCommand(
  args: readonly string[],
  output: CommandOutput,
): Promise<{ simulator?: GraphSimulator; exitCode: 0 | 1 }> {
  try {
    const values = readArguments(args);
    if (values.help) {
      output.out(HELP);
      return { exitCode: 0 };
    }
    const port = z.coerce.number().int().min(0).max(65_535).safeParse(values.port);
    if (!port.success) throw new UsageError('--port takes a number from 0 to 65535');
    const options = values.options === undefined ? {} : await readOptions(values.options);
    const simulator = await startGraphSimulator(options, { host: values.host, port: port.data });
    output.out(`graph simulator listening on ${simulator.url}\n`);
    return { simulator, exitCode: 0 };
  } catch (error) {
    output.err(`graph simulator: ${explain(error)}\n`);
    return { exitCode: 1 };
  }
}

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '0' },
        host: { type: 'string', default: '127.0.0.1' },
        options: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch {
    // The parser's own message would quote the argument.
    throw new UsageError('Unknown or incomplete option. See --help.');
  }
}

async function readOptions(file: string): Promise<StartOptionsInput> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`Cannot read ${file}`);
  });
  const json = parseJson(text);
  // The parser's own message would quote the file, tokens included.
  if (json === undefined) throw new UsageError(`${file} is not valid JSON`);
  return parseInput(startSchema, json);
}

function explain(error: unknown): string {
  if (error instanceof ControlInputError) return `Bad options: ${error.message}`;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return 'The port is taken: choose another with --port, or 0 for any free one';
  }
  return error instanceof Error ? error.message : 'The simulator did not start';
}
