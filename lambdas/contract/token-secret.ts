/**
 * What a new token secret holds until an operator puts the token in. Never a usable token. Never to be changed: the next
 * deploy would write it over every token that was put in.
 */
export const SECRET_PLACEHOLDER = '{"default":{"token":""}}';

/**
 * The shell command by which an operator changes the token secret, at first and later: it opens the whole secret in an editor,
 * so that the tokens of other numbers stay, and no token is left in the history of the shell.
 */
export function setTokenCommand(secretArn: string, region: string): string {
  const secret = `--region ${region} --secret-id '${secretArn}'`;
  const read = `aws secretsmanager get-secret-value ${secret} --query SecretString --output text > tokens.json`;
  const write = `aws secretsmanager put-secret-value ${secret} --secret-string file://tokens.json`;
  return `(umask 077 && ${read} && vi tokens.json && ${write} && rm tokens.json)`;
}
