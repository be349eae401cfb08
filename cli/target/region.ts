import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** The region in an address of API Gateway; absent for a custom domain. */
export function regionOfUrl(url: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\./.exec(new URL(url).hostname)?.[1];
}

/** @throws CliError if no region is named */
export function requireRegion({ env }: Pick<Terminal, 'env'>, given: string | undefined): string {
  const region = given ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined);
  if (region !== undefined) return region;
  throw new CliError(EXIT.usage, 'Which AWS region? Nothing names one', 'Give --region <region>, or set AWS_REGION');
}
