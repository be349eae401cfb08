import { SecretTokenSource } from '../adapters/secrets/token-source.ts';
import { metrics } from './metrics.ts';

/** A token that Graph refuses has no days left, unless it was replaced since it was read. */
export class MeasuredTokens extends SecretTokenSource {
  override async renewed(...refused: Parameters<SecretTokenSource['renewed']>) {
    const renewed = await super.renewed(...refused);
    if (renewed === undefined) metrics.put('TokenDaysLeft', 0);
    return renewed;
  }
}
