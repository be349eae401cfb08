import {
  AccountPrincipal,
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { BlocklistConfig } from '../config.ts';

const INVOKE = { actions: ['execute-api:Invoke'], resources: ['execute-api:/*'] };

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
  const others = callerAccounts.map((id) => new AccountPrincipal(id));
  const allow = new PolicyStatement({
    ...INVOKE,
    effect: Effect.ALLOW,
    principals: [new AccountRootPrincipal(), ...others],
  });
  if (endpoint.type === 'regional') return new PolicyDocument({ statements: [allow] });
  return new PolicyDocument({ statements: [allow, denyOthers(endpoint.vpcEndpointIds)] });
}

/**
 * The same of the API for keys. Its callers have no AWS identity that a policy could name, and a private API refuses all that
 * its policy does not allow: so it allows the named VPC endpoints, never everyone, and the authorizer's policy denies by name
 * what a key may not call.
 */
export function keyApiPolicy({ endpoint }: Pick<BlocklistConfig, 'endpoint'>): PolicyDocument | undefined {
  if (endpoint.type === 'regional') return undefined;
  const allow = new PolicyStatement({
    ...INVOKE,
    effect: Effect.ALLOW,
    principals: [new AnyPrincipal()],
    conditions: { StringEquals: { 'aws:SourceVpce': endpoint.vpcEndpointIds } },
  });
  return new PolicyDocument({ statements: [allow, denyOthers(endpoint.vpcEndpointIds)] });
}

/** Refuses all that does not come through one of the VPC endpoints. */
function denyOthers(vpcEndpointIds: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    ...INVOKE,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    conditions: { StringNotEquals: { 'aws:SourceVpce': vpcEndpointIds } },
  });
}
