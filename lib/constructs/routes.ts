import { LambdaIntegration, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type API_HANDLERS, routes } from '../../lambdas/contract.ts';
import type { BlocklistFunction } from './blocklist-function.ts';

export type ApiFunctions = Readonly<Record<keyof typeof API_HANDLERS, BlocklistFunction>>;

/** Each route of the contract, with its function behind it. */
export function addRoutes(api: RestApi, functions: ApiFunctions): void {
  for (const { method, path, handler } of routes()) {
    // No permission for the console's test button: it would call the function without a caller's signature.
    const integration = new LambdaIntegration(functions[handler].lambda, { allowTestInvoke: false });
    api.root.resourceForPath(path).addMethod(method, integration);
  }
}
