import { LIMITS } from '../../lambdas/contract/limits.ts';
import { isLine, whyNoLine } from '../../lambdas/core/line.ts';
import type { Numbers } from '../../lambdas/openapi/blocklist.ts';
import type { GroupTerms } from './groups.ts';
import type { Row, Table } from './read-rows.ts';

/** What the deployment takes as the reason of a change. */
export type ReasonRules = Pick<Numbers, 'reason_codes' | 'require_reason'>;

/** The rows, with what the service would refuse in their reasons; what a row does not say, `usual` does. */
export function withReasonProblems(table: Table, usual: GroupTerms, rules: ReasonRules | undefined): Table {
  const rows = table.rows.map((row): Row => {
    if (row.id === undefined) return row;
    const { reason = usual.reason, reasonCode = usual.reasonCode } = row;
    const problem = reasonProblem({ reason, reasonCode }, rules);
    return problem === undefined ? row : { ...row, id: undefined, problem };
  });
  return { ...table, rows };
}

/** Why the service would refuse this reason. As long as its rules are not known, it may refuse others. */
export function reasonProblem(
  { reason, reasonCode }: Pick<GroupTerms, 'reason' | 'reasonCode'>,
  rules: ReasonRules | undefined,
): string | undefined {
  if (reason !== undefined && reason.length > LIMITS.reasonCharacters) {
    return `The reason has ${reason.length} characters, and the limit is ${LIMITS.reasonCharacters}`;
  }
  if (reason !== undefined && !isLine(reason)) return `The reason ${whyNoLine(reason)}`;
  if (rules === undefined) return undefined;
  const { reason_codes: codes, require_reason: required } = rules;
  if (reasonCode !== undefined && !codes.includes(reasonCode)) {
    return `The reason code must be one of ${codes.join(', ')}; it is ${reasonCode}`;
  }
  if (required === 'code' && reasonCode === undefined) return `A reason code is required, one of ${codes.join(', ')}`;
  if (required === 'text' && reason === undefined) return 'A reason is required';
  return undefined;
}
