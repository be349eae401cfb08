import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { list } from '../../lambdas/openapi/user.ts';
import { paths } from '../api/paths.ts';
import { CliError } from '../cli-error.ts';
import { type Context, type NumberOptions, numberOf } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { readInput, say } from '../terminal.ts';

export interface SetTokenOptions {
  /** Whether a single token may take the place of everything that the secret has. */
  readonly replace?: boolean | undefined;
}

/**
 * `blocklist token set`: the content of the token secret, from the input, so that no token is in a shell's history. A single
 * token does not replace the tokens of several numbers, or an app secret, unless that is asked for.
 */
export async function setToken({ terminal, target, output }: Context, options: SetTokenOptions): Promise<ExitCode> {
  const { aws } = target;
  if (aws === undefined) {
    throw new CliError(EXIT.usage, 'The token is in a secret of the stack, not behind the API', 'Give --stage <name>');
  }
  if (terminal.in.isTTY) say(terminal, 'Paste the token, or the JSON of several, and end with Ctrl-D:');
  const text = (await readInput(terminal)).trim();
  if (text === '') throw new CliError(EXIT.usage, 'The input is empty; nothing was written');
  if (text.startsWith('{')) requireJson(text);
  else if (/\s/.test(text)) throw new CliError(EXIT.usage, 'A token has no spaces or line breaks; nothing was written');
  const { region, credentials, endpoint } = aws;
  const client = new SecretsManagerClient({ region, credentials, ...(endpoint === undefined ? {} : { endpoint }) });
  const SecretId = aws.outputs.TokenSecretArn;
  if (!text.startsWith('{') && !options.replace) {
    const { SecretString: before = '' } = await allowed('read', () =>
      client.send(new GetSecretValueCommand({ SecretId })),
    );
    if (holdsMore(before)) throw new CliError(EXIT.conflict, MORE_IN_IT, DO_INSTEAD);
  }
  await allowed('written', () => client.send(new PutSecretValueCommand({ SecretId, SecretString: text })));
  print({ terminal, output }, { set: true }, () => 'set\n');
  say(
    terminal,
    'It is in use everywhere within a minute. To see that Graph takes it: blocklist token check --number <id>',
  );
  return EXIT.ok;
}

const MORE_IN_IT =
  'The secret has other tokens, or an app secret, which this token would replace as well; nothing was written';
const DO_INSTEAD =
  'Change one token of several with the SetTokenCommand of the stack, send the whole JSON, or give --replace';

/** Whether the secret has anything beside one token for all numbers. Broken JSON counts: nobody can say what it was to be. */
function holdsMore(secret: string): boolean {
  if (!secret.startsWith('{')) return false;
  try {
    const { default: forAll, ...others } = JSON.parse(secret);
    return Object.keys(others).length > 0 || Object.keys(forAll ?? {}).some((name) => name !== 'token');
  } catch {
    return true;
  }
}

async function allowed<T>(done: 'read' | 'written', call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.notAuthorized, `The secret cannot be ${done}: ${why}`);
  }
}

function requireJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    // The parser's own message may quote a token.
    throw new CliError(EXIT.usage, 'The input begins with { and is no JSON; nothing was written');
  }
}

/** `blocklist token check`: whether Graph takes the token of a number. */
export async function checkToken(context: Context, options: NumberOptions): Promise<ExitCode> {
  const number = numberOf(context, options);
  await context.api.call({ method: 'GET', path: paths.users(number), query: { source: 'graph', limit: 1 } }, list);
  print(context, { phone_number_id: number, accepted: true }, () => `Graph takes the token of ${number}\n`);
  return EXIT.ok;
}
