import { type Answer, errorIn } from './answer.ts';
import { idsOf, names, type UserResult } from './dialects.ts';
import type { Entry } from './entries.ts';
import type { Fault } from './fault-schema.ts';
import type { GraphError } from './graph-errors.ts';
import type { RandomStream } from './random.ts';
import { type Circumstances, judge, type Operation, type Verdict } from './verdicts.ts';

/** A fault that befalls single users. */
export type UserFault = Extract<Fault, { kind: 'user-errors' | 'forget' }>;

export interface Change extends Circumstances {
  entries: readonly Entry[];
  fault: UserFault | undefined;
  random: RandomStream;
  trace: string;
}

/** Blocks or unblocks, and answers in the dialect of the number. Returns an error if the whole request is refused. */
export function changeUsers(change: Change): Answer | GraphError {
  const { entries, operation, list, options, fault } = change;
  const verdicts = judge(entries, change);
  if (options.listFull === 'request' && verdicts.some(({ error }) => error?.code === 139101)) return { code: 139101 };

  const results: UserResult[] = [];
  const keys: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const verdict: Verdict = verdicts[index] ?? { change: false };
    const struck = fault !== undefined && verdict.error === undefined && strikes(fault, index, change.random);
    const isForgotten = change.facts.isForgotten(entry.names);
    const isApplied = (!struck || fault.applied) && (!isForgotten || options.forgottenAreApplied);
    if (verdict.change && isApplied && entry.key !== undefined) keys.push(entry.key);
    if (isForgotten || (struck && fault.kind === 'forget')) continue;
    const error = struck && fault.kind === 'user-errors' ? { code: fault.code } : verdict.error;
    results.push(resultOf(entry, error, change));
  }
  const changed = operation === 'block' ? list.add(keys) : list.remove(keys);
  return { ...render(results, change), changed: { [operation === 'block' ? 'added' : 'removed']: changed } };
}

function strikes(fault: UserFault, index: number, random: RandomStream): boolean {
  if (fault.probability !== undefined) return random() < fault.probability;
  return fault.users === undefined || index < fault.users;
}

function resultOf(entry: Entry, error: GraphError | undefined, { facts, rules }: Change): UserResult {
  const isUser = entry.key !== undefined && !facts.isInvalid(entry.names);
  return {
    input: entry.input,
    ...(isUser && entry.key !== undefined ? idsOf(entry.key, rules) : {}),
    ...(error === undefined ? {} : { error: { ...error, about: entry.input } }),
  };
}

const RESULT_FIELDS: Record<Operation, string> = { block: 'added_users', unblock: 'removed_users' };

function render(results: readonly UserResult[], change: Change): Answer {
  const { options, rules, operation, trace } = change;
  const succeeded: unknown[] = [];
  const failed: unknown[] = [];
  const userErrors: number[] = [];
  for (const result of results) {
    if (result.error === undefined) {
      succeeded.push(names(result));
    } else {
      failed.push(rules.dialect.failure(result, result.error, options));
      userErrors.push(result.error.code);
    }
  }
  const keepEmpty = rules.emptyArrays === 'present';
  const body: Record<string, unknown> = {
    messaging_product: 'whatsapp',
    block_users: {
      ...(keepEmpty || succeeded.length > 0 ? { [RESULT_FIELDS[operation]]: succeeded } : {}),
      ...(keepEmpty || failed.length > 0 ? { [rules.dialect.failuresField]: failed } : {}),
    },
  };
  if (failed.length === 0) return { status: 200, body };
  const details = `${failed.length} of the users failed: each one's error is in the lists`;
  if (rules.partialFailureError) body.error = errorIn({ code: 139100, details }, options, trace);
  const code = rules.partialFailureError ? { code: 139100 } : {};
  return { status: rules.partialFailureStatus, body, ...code, userErrors };
}
