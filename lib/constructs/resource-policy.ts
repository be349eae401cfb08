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
 * The API's own policy of who may call it; none if it is for its own account, from anywhere.
 *
 * It allows accounts, not everyone. Within one account, IAM needs no more than an allow here, so `*` would admit every signed
 * caller, whatever their own policies say. For the root of an account, the account's policies decide.
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
