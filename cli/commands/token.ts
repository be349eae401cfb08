import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { list } from '../../lambdas/openapi/user.ts';
import { paths } from '../api/paths.ts';
import { CliError } from '../cli-error.ts';
import { type Context, type NumberOptions, numberOf } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { readInput, say } from '../terminal.ts';

/** `blocklist token set`: the content of the token secret, from the input, so that no token is in a shell's history. */
export async function setToken({ terminal, target, output }: Context): Promise<ExitCode> {
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
  try {
    await client.send(new PutSecretValueCommand({ SecretId: aws.outputs.TokenSecretArn, SecretString: text }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.notAuthorized, `The secret cannot be written: ${why}`);
  }
  print({ terminal, output }, { set: true }, () => 'set\n');
  say(
    terminal,
    'It is in use everywhere within a minute. To see that Graph takes it: blocklist token check --number <id>',
  );
  return EXIT.ok;
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
