import { LambdaIntegration, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Route } from '../../lambdas/contract/routes.ts';
import type { FunctionsOf } from './functions.ts';

/** Routes of the contract, each with its function. */
export function addRoutes(api: RestApi, routes: readonly Route[], functions: FunctionsOf<'api'>): void {
  for (const { method, path, handler } of routes) {
    // No permission for the console's test button: it would call the function without a caller's signature.
    const integration = new LambdaIntegration(functions[handler].lambda, { allowTestInvoke: false });
    api.root.resourceForPath(path).addMethod(method, integration);
  }
}
