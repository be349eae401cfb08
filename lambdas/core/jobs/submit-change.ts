import { type ChangeUsersDeps, changeUsers } from '../changes/change-users.ts';
import { type Action, malformed, type UserOutcome } from '../changes/outcome.ts';
import type { Credentials } from '../ports/services.ts';
import type { Entry, EntryList } from '../users/entries.ts';
import type { Requester } from '../users/mirror.ts';
import { listChunks } from './chunks.ts';
import { type AskedTerms, type CreateJobDeps, createJob } from './create-job.ts';
import type { Chunk, Job } from './job.ts';

export type SubmitChangeDeps = ChangeUsersDeps & CreateJobDeps & { readonly chunkSize: number };

export interface ChangeRequest extends Requester, AskedTerms {
  readonly action: Action;
  readonly phoneNumberId: string;
  readonly version?: string | undefined;
  readonly list: EntryList;
  readonly respondAsync: boolean;
  readonly idempotencyKey?: string | undefined;
  /** Whether the caller only wants to know what would happen. */
  readonly dryRun?: boolean | undefined;
}

/** One entry of the request with its outcome. Duplicates share their user's outcome. */
export interface EntryOutcome extends Omit<UserOutcome, 'identity'> {
  readonly entry: Entry;
}

export type SubmittedChange =
  | { readonly kind: 'outcomes'; readonly results: readonly EntryOutcome[] }
  /** `chunks` show the progress of the job. */
  | { readonly kind: 'job'; readonly job: Job; readonly chunks: readonly Chunk[] };

/** Lambda's answers have at most 6 MB. The difference is for the frame of the answer and for escaping. */
const LARGEST_ANSWER_BYTES = 5 * 1024 * 1024;
/** Bytes of one failed user in an answer, without its `input`: ids, code, message and details, with their quotes escaped. */
const BYTES_PER_ENTRY = 350;

/** An upper bound. A request with many duplicates of few users must not change Graph's list and then be unable to say so. */
function answerBytes(list: EntryList): number {
  return list.entries.reduce((sum, { input }) => sum + BYTES_PER_ENTRY + inputBytes(input), 0);
}

/** Lambda sends the answer as JSON within JSON: a control character takes seven bytes, and a quote or a backslash four. */
function inputBytes(input: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what takes most
  return (/[\u0000-\u001f"\\]/.test(input) ? 7 : 2) * Buffer.byteLength(input);
}

/** Whether the users of a request are too many for one batch of the provider, or for one answer. */
export function becomesJob(list: EntryList, { batchLimit }: Pick<Credentials, 'batchLimit'>): boolean {
  return list.users > batchLimit || answerBytes(list) > LARGEST_ANSWER_BYTES;
}

/**
 * Carries out a request at once if its users fit into one batch of the provider and one answer. Otherwise accepts it as a
 * job.
 */
export async function submitChange(deps: SubmitChangeDeps, request: ChangeRequest): Promise<SubmittedChange> {
  const { phoneNumberId, list } = request;
  const credentials = await deps.tokens.credentials(phoneNumberId);
  const batch = Math.min(credentials.batchLimit, deps.chunkSize);
  if (request.respondAsync || becomesJob(list, credentials)) {
    const job = await createJob(deps, { ...request, chunkSize: batch });
    // Malformed entries already have their outcome, and the job of a repeated key may have advanced far.
    return { kind: 'job', job, chunks: await listChunks(deps.jobs, job) };
  }
  const identities = list.distinct.flatMap(({ identity }) => identity ?? []);
  const outcomes = await changeUsers(deps, { ...request, credentials, identities });
  const byId = new Map(outcomes.map((outcome) => [outcome.identity.id, outcome]));
  return {
    kind: 'outcomes',
    results: list.entries.map((entry) => {
      const outcome = entry.identity && byId.get(entry.identity.id);
      return outcome ? { ...outcome, entry } : { entry, failure: malformed(entry) };
    }),
  };
}
