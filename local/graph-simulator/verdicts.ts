import type { BlockList } from './block-list.ts';
import type { Entry } from './entries.ts';
import type { GraphError } from './graph-errors.ts';
import type { NumberRules, Options } from './options.ts';
import type { UserFacts } from './user-facts.ts';

export type Operation = 'block' | 'unblock';

/** What becomes of one user: success (with or without a change of the list) or an error. */
export type Verdict = { change: boolean; error?: never } | { error: GraphError; change?: never };

/** What a verdict depends on beside the entry. */
export interface Circumstances {
  operation: Operation;
  phoneNumberId: string;
  options: Options;
  rules: NumberRules;
  facts: UserFacts;
  list: BlockList;
  now: number;
}

/**
 * Judges all entries before anything is changed, so that a request can still be refused as a whole. A user named twice is
 * judged the second time as if the first had been applied.
 */
export function judge(entries: readonly Entry[], circumstances: Circumstances): Verdict[] {
  const { operation, list, options } = circumstances;
  const changed = new Set<string>();
  return entries.map((entry) => {
    const refusal = refusalOf(entry, circumstances);
    if (refusal !== undefined || entry.key === undefined) return { error: refusal ?? { code: 100 } };
    const isListed = changed.has(entry.key) ? operation === 'block' : list.has(entry.key);
    const verdict =
      operation === 'block' ? judgeBlock(entry, isListed, circumstances) : judgeUnblock(entry, isListed, circumstances);
    if (verdict.change) {
      if (operation === 'block' && list.size + changed.size >= options.listLimit) return { error: { code: 139101 } };
      changed.add(entry.key);
    }
    return verdict;
  });
}

/** Refusals that do not depend on the list. */
function refusalOf(entry: Entry, { rules, facts, phoneNumberId }: Circumstances): GraphError | undefined {
  if (entry.key === undefined) {
    return rules.malformedNumber === 'user-100' ? rules.dialect.malformedNumber : noWhatsAppUser;
  }
  if (facts.isOwnNumber(entry.names, phoneNumberId)) return { code: 131021 };
  return facts.isInvalid(entry.names) ? noWhatsAppUser : undefined;
}

const noWhatsAppUser: GraphError = { code: 131047, details: 'The number is not a WhatsApp user' };

function judgeBlock(entry: Entry, isListed: boolean, circumstances: Circumstances): Verdict {
  const { options, rules, facts, phoneNumberId, now } = circumstances;
  if (!isListed && facts.isBusinessAccount(entry.names)) {
    const details = 'A WhatsApp Business account cannot be blocked';
    return { error: { code: options.businessAccountCode, details } };
  }
  const bound = !isListed || options.alreadyBlockedNeedsMessage;
  if (bound && !facts.wroteRecently(entry.names, phoneNumberId, now)) return { error: { code: 131047 } };
  if (!isListed) return { change: true };
  return rules.alreadyBlocked === 'success'
    ? { change: false }
    : { error: { code: options.alreadyDoneCode, text: 'User is already blocked' } };
}

function judgeUnblock(entry: Entry, isListed: boolean, circumstances: Circumstances): Verdict {
  const { options, rules, facts, phoneNumberId, now } = circumstances;
  if (options.unblockNeedsMessage && !facts.wroteRecently(entry.names, phoneNumberId, now)) {
    return { error: { code: 131047 } };
  }
  if (isListed) return { change: true };
  return rules.notBlocked === 'success'
    ? { change: false }
    : { error: { code: options.alreadyDoneCode, text: 'User is not blocked' } };
}
