import * as z from 'zod/mini';

/** An import that was begun in this tab, as long as it is not all sent. It has no user: the file is chosen again. */
const importState = z.object({
  /** Of the file. */
  name: z.string(),
  /** SHA-256 of its text, by which it is known again. */
  digest: z.string(),
  /** ISO 8601: rows whose end was past then are left out when it goes on, as before. */
  startedAt: z.string(),
  /** What was chosen for it, and what the deployment took as a reason then. */
  chosen: z.object({
    action: z.enum(['block', 'unblock']),
    numbers: z.array(z.string()),
    reason: z.optional(z.string()),
    reasonCode: z.optional(z.string()),
    expiresAt: z.optional(z.string()),
    expiresIn: z.optional(z.number()),
    defer: z.boolean(),
    oneReason: z.boolean(),
    columns: z.object({
      user: z.optional(z.string()),
      reason: z.optional(z.string()),
      reasonCode: z.optional(z.string()),
      expiresAt: z.optional(z.string()),
    }),
    rules: z.optional(
      z.object({ reason_codes: z.array(z.string()), require_reason: z.enum(['none', 'code', 'text']) }),
    ),
  }),
  onBehalfOf: z.optional(z.string()),
  /** Begins the idempotency key of each request: the service knows for a day what it has taken under it. */
  key: z.string(),
  /** Requests that it needs, how many of them were sent, and how many jobs these became. */
  requests: z.number(),
  sent: z.number(),
  jobs: z.number(),
  /** Ids of the jobs of the last requests, which may be open. Those of all would not fit into what a tab may keep. */
  recent: z.array(z.array(z.string())),
});
export type ImportState = z.infer<typeof importState>;
export type Chosen = ImportState['chosen'];

const STORED = 'import';
/** Milliseconds for which an import can go on: those of the key, less an hour for a clock that is wrong. */
const GOES_ON_MS = 23 * 3_600_000;

/** What this tab has begun; it is there after a reload. */
export function readImportState(): ImportState | undefined {
  try {
    return importState.safeParse(JSON.parse(sessionStorage.getItem(STORED) ?? 'null')).data;
  } catch {
    return undefined;
  }
}

export function writeImportState(state: ImportState | undefined): void {
  if (state === undefined) sessionStorage.removeItem(STORED);
  else sessionStorage.setItem(STORED, JSON.stringify(state));
}

export function canGoOn({ startedAt }: ImportState, nowMs: number): boolean {
  return nowMs - Date.parse(startedAt) < GOES_ON_MS;
}

export async function digestOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
