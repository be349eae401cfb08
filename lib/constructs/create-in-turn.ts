import { CfnGatewayResponse, CfnMethod, CfnResource } from 'aws-cdk-lib/aws-apigateway';
import type { IConstruct } from 'constructs';

/**
 * Parts of an API that are made at the same time. API Gateway takes 5 new resources a second and 10 calls in all from the
 * whole account, and refuses more with 429, which fails the deploy; CloudFormation makes at once whatever it may. Each part
 * takes one to three calls and about a second, so that four are within both.
 */
const AT_ONCE = 4;

/**
 * Has CloudFormation make, and take away, the parts of APIs a few at a time, one API after the other. To be called when all of
 * them are there.
 */
export function createInTurn(apis: readonly IConstruct[]): void {
  // Parents come before what is below them, so that no part waits for one that waits for it.
  const parts = apis
    .flatMap((api) => api.node.findAll())
    .filter((part) => part instanceof CfnResource || part instanceof CfnMethod || part instanceof CfnGatewayResponse);
  for (const [index, part] of parts.entries()) {
    const before = parts[index - AT_ONCE];
    if (before !== undefined) part.addResourceDependency(before);
  }
}
