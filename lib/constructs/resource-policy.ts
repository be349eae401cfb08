import {
  AccountPrincipal,
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { BlocklistConfig } from '../config.ts';

/**
 * What the API itself says of who may call it; nothing where it is for its own account, from anywhere.
 *
 * Accounts, not everyone, are allowed: within one account an allow here would be enough for IAM, so `*` would let in every
 * signed caller, whatever their own policies say. An account's root only hands the question on to its policies.
 */
export function resourcePolicy({
  endpoint,
  callerAccounts,
}: Pick<BlocklistConfig, 'endpoint' | 'callerAccounts'>): PolicyDocument | undefined {
  if (endpoint.type === 'regional' && callerAccounts.length === 0) return undefined;
  const invoke = { actions: ['execute-api:Invoke'], resources: ['execute-api:/*'] };
  const others = callerAccounts.map((id) => new AccountPrincipal(id));
  const allow = new PolicyStatement({
    ...invoke,
    effect: Effect.ALLOW,
    principals: [new AccountRootPrincipal(), ...others],
  });
  if (endpoint.type === 'regional') return new PolicyDocument({ statements: [allow] });
  const deny = new PolicyStatement({
    ...invoke,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    conditions: { StringNotEquals: { 'aws:SourceVpce': endpoint.vpcEndpointIds } },
  });
  return new PolicyDocument({ statements: [allow, deny] });
}
