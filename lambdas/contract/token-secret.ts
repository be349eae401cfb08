/**
 * The value of a new token secret until an operator puts the token in. It is never a usable token. Never change it: the next
 * deploy would write it over every token that was put in.
 */
export const SECRET_PLACEHOLDER = '{"default":{"token":""}}';

/**
 * The shell command with which an operator changes the token secret, the first time and later. It opens the whole secret in
 * an editor, so that the tokens of other numbers stay, and no token is left in the shell's history.
 */
export function setTokenCommand(secretArn: string, region: string): string {
  const secret = `--region ${region} --secret-id '${secretArn}'`;
  const read = `aws secretsmanager get-secret-value ${secret} --query SecretString --output text > tokens.json`;
  const write = `aws secretsmanager put-secret-value ${secret} --secret-string file://tokens.json`;
  return `(umask 077 && ${read} && vi tokens.json && ${write} && rm tokens.json)`;
}
