import type { NumberSummary } from '../core/blocklist/mirror.ts';
import { type ApiResponse, json } from './respond.ts';

/** The reconciliation was started; `reconciled_at` is the last one that finished, and moves on when this one has. */
export function reconciliationResponse(phoneNumberId: string, summary: NumberSummary | undefined): ApiResponse {
  return json(202, {
    phone_number_id: phoneNumberId,
    status: 'started',
    reconciled_at: summary?.reconciledAt ?? null,
  });
}
