/** One call of Graph in the log. Holds no token and no user. */
export interface CallRecord {
  method: string;
  /** `invalid` if the path had something else than digits, `none` for a call of debug_token. */
  phoneNumberId: string;
  /** Users in the request, or on the page. */
  users: number;
  /** HTTP status; null if no answer was sent. */
  status: number | null;
  /** Top-level Graph error code. */
  code: number | null;
  /** Kind of the fault that affected the call. */
  fault: string | null;
  /** Epoch ms, by the simulator's clock. */
  start: number;
  ms: number;
}

export interface Counters {
  requests: number;
  byMethod: Record<string, number>;
  /** By HTTP status; `none` if no answer was sent. Counted when a call ends. */
  byStatus: Record<string, number>;
  /** By top-level Graph error code. */
  byCode: Record<string, number>;
  /** By the code of single users that failed. */
  byUserCode: Record<string, number>;
  /** By kind of fault. Counted when the fault takes effect, so that a hanging call can be seen. */
  byFault: Record<string, number>;
  /** Users that calls of Graph put on lists or took off; changes through the control API do not count. */
  usersAdded: number;
  usersRemoved: number;
  inFlight: number;
  maxConcurrent: number;
}

function noCounts(inFlight: number): Counters {
  return {
    requests: 0,
    byMethod: {},
    byStatus: {},
    byCode: {},
    byUserCode: {},
    byFault: {},
    usersAdded: 0,
    usersRemoved: 0,
    inFlight,
    maxConcurrent: inFlight,
  };
}

/** Counts calls and keeps the last of them. */
export class Recorder {
  #counters = noCounts(0);
  #calls: CallRecord[] = [];

  /** `phoneNumberId` as in the path; undefined if a call is about no number. */
  begin(method: string, phoneNumberId: string | undefined, start: number): CallRecord {
    const counters = this.#counters;
    counters.requests++;
    counters.inFlight++;
    counters.maxConcurrent = Math.max(counters.maxConcurrent, counters.inFlight);
    increment(counters.byMethod, method);
    return {
      method,
      phoneNumberId: loggedId(phoneNumberId),
      users: 0,
      status: null,
      code: null,
      fault: null,
      start,
      ms: 0,
    };
  }

  fault(call: CallRecord, kind: string): void {
    call.fault = kind;
    increment(this.#counters.byFault, kind);
  }

  changed(users: { added?: number; removed?: number }, userErrors: readonly number[]): void {
    this.#counters.usersAdded += users.added ?? 0;
    this.#counters.usersRemoved += users.removed ?? 0;
    for (const code of userErrors) increment(this.#counters.byUserCode, String(code));
  }

  end(call: CallRecord, now: number, logSize: number): void {
    call.ms = now - call.start;
    const counters = this.#counters;
    counters.inFlight--;
    increment(counters.byStatus, call.status === null ? 'none' : String(call.status));
    if (call.code !== null) increment(counters.byCode, String(call.code));
    this.#calls.push(call);
    // Trimmed in steps, so that a full log does not cost its length on every call.
    if (this.#calls.length >= 2 * logSize + 16) this.#calls = this.#newest(logSize);
  }

  counters(): Counters {
    return structuredClone(this.#counters);
  }

  /** The last calls that ended, oldest first. */
  calls(logSize: number): CallRecord[] {
    return structuredClone(this.#newest(logSize));
  }

  /** Calls in flight stay counted as such. */
  clear(): void {
    this.#counters = noCounts(this.#counters.inFlight);
    this.#calls = [];
  }

  #newest(count: number): CallRecord[] {
    return this.#calls.slice(Math.max(0, this.#calls.length - count));
  }
}

function loggedId(phoneNumberId: string | undefined): string {
  if (phoneNumberId === undefined) return 'none';
  return /^\d+$/.test(phoneNumberId) ? phoneNumberId : 'invalid';
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
