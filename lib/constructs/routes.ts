import { AwsIntegration, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Route } from '../../lambdas/contract/routes.ts';
import { pascalCase } from './blocklist-function.ts';
import type { FunctionsOf } from './functions.ts';

/** Routes of the contract, each with its function. */
export function addRoutes(api: RestApi, routes: readonly Route[], functions: FunctionsOf<'api'>): void {
  for (const { method, path, handler } of routes) {
    api.root.resourceForPath(path).addMethod(method, callOf(functions[handler].lambda));
  }
  const called = new Set(routes.map(({ handler }) => functions[handler]));
  for (const { handler, lambda } of called) {
    // One permission for all routes of a function, since each is one of the stack's 500 resources. It is for this API and its
    // stage, and not for the console's test button, which would call without a caller's signature.
    lambda.addPermission(`Calls${pascalCase(handler)}`, {
      scope: api,
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: api.arnForExecuteApi('*', '/*', api.deploymentStage.stageName),
    });
  }
}

/** Passes the request to a function as it is. Not CDK's LambdaIntegration, which adds a permission for each method. */
function callOf({ functionArn }: IFunction): AwsIntegration {
  return new AwsIntegration({
    proxy: true,
    service: 'lambda',
    path: `2015-03-31/functions/${functionArn}/invocations`,
  });
}
