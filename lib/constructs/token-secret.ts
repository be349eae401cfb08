import { SecretValue, Stack, Validations } from 'aws-cdk-lib';
import { type CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ENV } from '../../lambdas/contract/environment.ts';
import { SECRET_PLACEHOLDER, setTokenCommand } from '../../lambdas/contract/token-secret.ts';
import type { BlocklistFunction } from './blocklist-function.ts';
import type { DataProtection } from './data-protection.ts';

export interface TokenSecretProps {
  readonly protection: DataProtection;
}

/**
 * The access token of each number. An operator puts it in; until then, the secret has a placeholder that does not look like a
 * token.
 */
export class TokenSecret extends Construct {
  readonly secretArn: string;
  /** The shell command that puts a token in, or changes one. */
  readonly setTokenCommand: string;
  readonly #protection: DataProtection;

  constructor(scope: Construct, id: string, props: TokenSecretProps) {
    super(scope, id);
    this.#protection = props.protection;
    const key = props.protection.encryptionKey;
    const secret = new Secret(this, 'Secret', {
      description: 'WhatsApp Business access tokens of the blocklist',
      // Not generated: random text would look like a token. Plain text is fine for a constant that is not secret. It must
      // never change, since CloudFormation would then write it over the token.
      secretStringValue: SecretValue.unsafePlainText(SECRET_PLACEHOLDER),
      removalPolicy: props.protection.removalPolicy,
      ...(key !== undefined && { encryptionKey: key }),
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Meta issues the token to a system user in its own console; nothing here could issue another one.',
    });
    // The attribute, not the reference that `secretArn` is: MiniStack resolves that one to the name.
    this.secretArn = (secret.node.defaultChild as CfnSecret).attrId;
    this.setTokenCommand = setTokenCommand(this.secretArn, Stack.of(this).region);
  }

  /** Lets the function read the tokens. */
  grantRead(fn: BlocklistFunction): void {
    fn.setEnvironment({ [ENV.secretArn]: this.secretArn });
    fn.allow({ actions: ['secretsmanager:GetSecretValue'], resources: [this.secretArn] });
    this.#protection.allowUse(fn, `secretsmanager.${Stack.of(this).region}.amazonaws.com`, ['Decrypt']);
  }
}
