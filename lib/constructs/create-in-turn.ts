import { CfnGatewayResponse, CfnMethod, CfnResource } from 'aws-cdk-lib/aws-apigateway';
import type { IConstruct } from 'constructs';

/**
 * How many parts of an API are created at once. API Gateway accepts 5 new resources a second, and 10 calls in total from the
 * whole account, and refuses more with 429, which fails the deploy. CloudFormation creates as many as it can at once. Each
 * part takes one to three calls and about a second, so four stay within both limits.
 */
const AT_ONCE = 4;

/**
 * Makes CloudFormation create and delete the parts of APIs a few at a time, one API after the other. To be called when all of
 * them exist.
 */
export function createInTurn(apis: readonly IConstruct[]): void {
  // Parents come before their children, so that no part waits for one that waits for it.
  const parts = apis
    .flatMap((api) => api.node.findAll())
    .filter((part) => part instanceof CfnResource || part instanceof CfnMethod || part instanceof CfnGatewayResponse);
  for (const [index, part] of parts.entries()) {
    const before = parts[index - AT_ONCE];
    if (before !== undefined) part.addResourceDependency(before);
  }
}
