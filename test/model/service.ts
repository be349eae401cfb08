import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import { GraphClient } from '../../lambdas/adapters/graph/graph-client.ts';
import { forEachProvider } from '../../lambdas/contract/providers.ts';
import type { OpenOperation } from '../../lambdas/core/changes/operation.ts';
import { NO_TOTALS } from '../../lambdas/core/changes/totals.ts';
import { MINUTE_MS } from '../../lambdas/core/durations.ts';
import { eraseUser } from '../../lambdas/core/erasure/erase-user.ts';
import { findPerson } from '../../lambdas/core/erasure/person.ts';
import { hasNothingMore } from '../../lambdas/core/erasure/standing.ts';
import { GraphError } from '../../lambdas/core/errors.ts';
import { cancelJob } from '../../lambdas/core/jobs/cancel-job.ts';
import { retryJob } from '../../lambdas/core/jobs/retry-job.ts';
import { type RevertJobRequest, revertJob } from '../../lambdas/core/jobs/revert-job.ts';
import { submitChange } from '../../lambdas/core/jobs/submit-change.ts';
import type { Graph } from '../../lambdas/core/ports/services.ts';
import { protectUser } from '../../lambdas/core/protection/protect-user.ts';
import { ProtectedIds } from '../../lambdas/core/protection/protected-ids.ts';
import { unprotectUser } from '../../lambdas/core/protection/unprotect-user.ts';
import { runScheduledActions } from '../../lambdas/core/scheduled/run-scheduled-actions.ts';
import { sweep } from '../../lambdas/core/scheduled/sweep.ts';
import { parseEntry, toEntryList } from '../../lambdas/core/users/entries.ts';
import { isAlias, isWanted, type MirrorItem } from '../../lambdas/core/users/mirror.ts';
import { isNumber, otherForm } from '../../lambdas/core/users/number-forms.ts';
import type { NumberNotice } from '../../lambdas/core/webhook/notice.ts';
import { receiveWebhook } from '../../lambdas/core/webhook/receive-webhook.ts';
import type { GraphSimulator } from '../../local/graph-simulator/server.ts';
import { providerAddress } from '../../local/provider-address.ts';
import { InMemoryOutbox } from '../support/in-memory-outbox.ts';
import { type Command, EVERYONE, NUMBERS, OTHER_WA_ID, type Sequence, SILENT } from './commands.ts';
import { asSteps, type Backing, inMemory, type StoreFaults, type Stores } from './faulty-stores.ts';
import { Interleaver, Process, seeded } from './interleaver.ts';
import { ModelBus } from './model-bus.ts';
import { ModelTokens } from './model-tokens.ts';
import { Workflows } from './workflows.ts';

const START = Date.parse('2026-11-01T12:00:00.000Z');
/** Milliseconds of this machine's time after which a request is given up: short if some calls hang, otherwise never reached. */
const HANG_MS = 60;
const NEVER_MS = 10_000;
/** Milliseconds of virtual time that the service would have waited for it. */
const LATE_MS = 20_000;
const CHUNK_SIZE = 3;
/** Two sessions of one role, and another caller. */
const CALLERS = ['arn:aws:iam::111122223333:role/support', 'arn:aws:iam::111122223333:role/fraud'] as const;

/** Milliseconds within which a protection holds everywhere. */
const PROTECTED_WITHIN_MS = 60_000;

/** The caller who forwards WhatsApp's webhooks. */
const RECEIVER = 'arn:aws:iam::111122223333:role/receiver';

/** A change of a list as Graph made it, for any caller. */
export interface TrueChange {
  readonly number: string;
  readonly user: string;
  readonly action: 'block' | 'unblock';
  readonly by: 'service' | 'external';
}

/** Step Functions failed, after the retries of its client. */
class AwsError extends Error {
  override readonly name = 'AwsError';
}

/** The service with everything around it: Graph's simulator, a DynamoDB that fails, workflows that die, callers. */
export class ModelService {
  /** What is stored, without steps and faults. */
  readonly stored: Stores;
  readonly jobs: string[] = [];
  /** What went wrong for a caller in a way that no caller may see. */
  readonly complaints: string[] = [];
  readonly changes: TrueChange[] = [];
  /** Reverts that were refused because the job had changed nobody whom nobody changed since. Times are ISO 8601. */
  readonly refusedReverts: { readonly jobId: string; readonly at: string }[] = [];
  /** Every id of a person whose erasure began: their histories have gaps. */
  readonly erased = new Set<string>();
  /** What was there of a person when their erasure had ended, but for blocks that stand. */
  readonly leftovers: string[] = [];
  readonly #simulator: GraphSimulator;
  readonly #sequence: Sequence;
  readonly #interleaver: Interleaver;
  readonly #workflows: Workflows;
  readonly #faults: StoreFaults;
  readonly #tokens: ModelTokens;
  readonly bus: ModelBus;
  readonly #deps;
  readonly #keys = new Map<string, { readonly body: string; readonly jobId: string }>();
  /** Who did not write in the last 24 hours. */
  readonly #quiet = new Set<string>(SILENT);
  #lists = new Map<string, ReadonlySet<string>>();
  /** Since when each id is known to be that of a protected user. */
  readonly #protectedSince = new Map<string, number>();

  constructor(simulator: GraphSimulator, sequence: Sequence, backing: (faults: StoreFaults) => Backing = inMemory) {
    const random = seeded(sequence.seed);
    this.#simulator = simulator;
    this.#sequence = sequence;
    this.#interleaver = new Interleaver(random, START);
    this.#workflows = new Workflows(this.#interleaver, 1 + (sequence.seed % 2));
    this.#faults = { random, rate: sequence.storeFaults };
    this.#tokens = new ModelTokens(this.#interleaver.now);
    const stores = backing(this.#faults);
    this.stored = stores;
    const { store, jobs, outbox } = asSteps(stores, this.#interleaver);
    this.bus = new ModelBus(this.#interleaver, this.#faults);
    const graph = new GraphClient({
      version: 'v25.0',
      baseUrls: forEachProvider((provider) => providerAddress(simulator.url, provider)),
      log: { error: () => {}, info: () => {} },
    });
    const { now, sleep } = this.#interleaver;
    const timeoutMs = sequence.faults.some(({ fault }) => fault.kind === 'hang') ? HANG_MS : NEVER_MS;
    this.#deps = {
      store,
      protectedIds: new ProtectedIds(store, { now }),
      jobs,
      outbox,
      bus: this.bus,
      eventUsers: true,
      graph: this.#watched(graph),
      tokens: this.#tokens,
      workflow: {
        start: (job: Parameters<Workflows['start']>[0]) => this.#aws(() => this.#workflows.start(job)),
        stateOf: (job: Parameters<Workflows['stateOf']>[0]) => this.#aws(() => this.#workflows.stateOf(job)),
      },
      reconciliations: {
        start: (numbers: readonly string[]) => this.#aws(() => this.#workflows.reconciliations.start(numbers)),
      },
      clock: { now, sleep, random },
      metrics: { put: () => {} },
      newId: (ms: number) => ulid(ms, random),
      hash: (text: string) => createHash('sha256').update(text).digest('hex'),
      log: { info: () => {}, error: () => {}, fault: (_: string, error: unknown) => this.#complainOf(error) },
      listLimit: sequence.listLimit,
      chunkSize: CHUNK_SIZE,
      policy: { timeoutMs, budgetMs: 24_000, attempts: 3 },
      graphTimeoutMs: timeoutMs,
      jobDeadlineMs: 6 * 60 * MINUTE_MS,
      budgetMs: 570_000,
      concurrency: 2,
      deferDays: 30,
      tombstoneDays: 30,
      trustUnsigned: false,
      openJobLimits: { perNumber: 100, perCaller: 100 },
    };
    this.#workflows.use(this.#deps);
    // On DynamoDB nothing tells of an event, as if the stream were broken: then the sweeps publish them all.
    if (stores.outbox instanceof InMemoryOutbox) {
      stores.outbox.listen((place) => this.#workflows.deliver(place, random() < 0.2));
    }
  }

  /** Carries the sequence out, then lets everything come to rest, as if no fault had a name any more. */
  async run(): Promise<void> {
    this.#prepareGraph();
    if (this.#sequence.seed % 2 === 0) await this.#compareAll();
    await this.#asCaller(async () => {
      for (const { afterMs, command } of this.#sequence.steps) {
        await this.#interleaver.sleep(afterMs);
        this.#start(command);
      }
    });
    this.#simulator.control.clearFaults();
    this.#faults.rate = 0;
    this.#replaceToken();
    await this.#interleaver.drive();
    const open = new Set((await this.#open()).map(({ operationId }) => operationId));
    await this.#later('sweep', () => sweep(this.#deps));
    // What the first sweep sets going when everything is calm is enough for all that was open by then.
    for (const { operationId, phoneNumberId, status, source } of await this.#open()) {
      if (!open.has(operationId)) continue;
      this.complaints.push(`${phoneNumberId}: operation ${operationId} of ${source} is ${status} twenty minutes later`);
    }
    for (const number of NUMBERS) {
      await this.#later('start-reconciliation', () => this.#workflows.reconciliations.start([number]));
    }
    // Past every pause between two tries of what is due.
    await this.#later('expire-blocks', () => runScheduledActions(this.#deps, 'expiry'), 12 * 60 * MINUTE_MS);
    await this.#later('retry-deferred', () => runScheduledActions(this.#deps, 'deferral').catch(() => undefined));
    // The first of them may end a job, whose event the second publishes if nothing else does.
    await this.#later('sweep', () => sweep(this.#deps));
    await this.#later('sweep', () => sweep(this.#deps));
  }

  /** As a first reconciliation would. */
  async #compareAll(): Promise<void> {
    const end = { reconciliationId: 'first', reconciledAt: new Date(START).toISOString(), change: NO_TOTALS };
    const blockCounts = { total: 0, expiring: 0, byReasonCode: {}, olderThanDays: {} };
    const found = { drift: { added: 0, removed: 0 }, blockCounts, totals: { ...NO_TOTALS, over: 0 } };
    // Before any fault: on DynamoDB these calls would fail as well.
    const { rate } = this.#faults;
    this.#faults.rate = 0;
    for (const number of NUMBERS) await this.stored.store.finishReconciliation(number, { ...end, ...found });
    this.#faults.rate = rate;
  }

  now(): number {
    return this.#interleaver.now();
  }

  /** Whether Graph would take a block of the user, but for the size of a list. */
  mayBeBlocked(user: string): boolean {
    const isQuiet = [...this.#quiet].some((quiet) => waIdOf(quiet) === waIdOf(user));
    return !isQuiet && NUMBERS.every((number) => this.listOf(number).size < this.#sequence.listLimit);
  }

  #silent(): Record<string, null> {
    return Object.fromEntries([...this.#quiet].map((user) => [user, null]));
  }

  /** Users on Graph's list. */
  listOf(number: string): ReadonlySet<string> {
    return new Set(this.#simulator.control.number(number).users);
  }

  #prepareGraph(): void {
    const { control } = this.#simulator;
    control.reset();
    control.putOptions({
      seed: this.#sequence.seed,
      listLimit: this.#sequence.listLimit,
      pageSizeCap: this.#sequence.pageSize,
      waIds: OTHER_WA_ID,
      lastInboundAt: this.#silent(),
      tokens: [this.#tokens.valid],
    });
    control.addFaults(...this.#sequence.faults);
    this.#lists = new Map(NUMBERS.map((number) => [number, this.listOf(number)]));
  }

  async #open(): Promise<OpenOperation[]> {
    return (await Promise.all(NUMBERS.map((number) => this.stored.store.listOpenOperations(number)))).flat();
  }

  /** Twenty minutes later, unless said otherwise, when every operation that stopped is overdue. */
  async #later(name: string, run: () => Promise<unknown>, ms = 20 * MINUTE_MS): Promise<void> {
    await this.#asCaller(async () => {
      await this.#interleaver.sleep(ms);
      await this.#workflows.invoke(name, run);
    });
  }

  async #asCaller(run: () => Promise<void>): Promise<void> {
    const { ended } = this.#interleaver.spawn(new Process('callers'), run);
    await Promise.all([ended, this.#interleaver.drive()]);
  }

  /** Begins a command and does not wait for it. Errors are answers to a caller, and most of them are in order. */
  #start(command: Command): void {
    const run = (name: string, work: () => Promise<unknown>) => {
      this.#workflows.invoke(name, work).catch(() => undefined);
    };
    const job = 'job' in command ? this.jobs[command.job % Math.max(this.jobs.length, 1)] : undefined;
    switch (command.kind) {
      case 'change':
        run(`${command.action}-users`, () => this.#change(command));
        break;
      case 'cancel':
        if (job !== undefined) run('cancel-job', () => cancelJob(this.#deps, { id: job, actor: CALLERS[0] }));
        break;
      case 'retry':
        if (job !== undefined) run('retry-job', () => retryJob(this.#deps, { id: job, actor: CALLERS[1] }));
        break;
      case 'revert':
        if (job !== undefined) run('revert-job', () => this.#revert({ id: job, actor: CALLERS[0] }));
        break;
      case 'reconcile':
        run('start-reconciliation', () => this.#workflows.reconciliations.start([numberOf(command)]));
        break;
      case 'sweep':
        run('sweep', () => sweep(this.#deps));
        break;
      case 'expire':
        run('expire-blocks', () => runScheduledActions(this.#deps, 'expiry'));
        break;
      case 'retry-deferred':
        run('retry-deferred', () => runScheduledActions(this.#deps, 'deferral'));
        break;
      case 'inbound':
        this.#hearFrom(command.user, true);
        this.#deliver(command, { senders: [waIdOf(command.user)], changes: [] });
        break;
      case 'silence':
        this.#hearFrom(command.user, false);
        break;
      case 'identity': {
        const to = command.to.startsWith('US.') ? { userId: command.to } : { waId: command.to };
        const action = command.to.startsWith('US.') ? 'user_changed_user_id' : 'user_changed_number';
        // Meta dates it to the second.
        const at = new Date(Math.floor((this.now() - command.ageMs) / 1_000) * 1_000).toISOString();
        this.#deliver(command, { senders: [], changes: [{ action, at, from: [command.from], ...to }] });
        break;
      }
      case 'external':
        this.#changeElsewhere(command);
        break;
      case 'kill-function':
        this.#workflows.killFunction(command.nth);
        break;
      case 'kill-execution':
        this.#workflows.killExecution(command.nth);
        break;
      case 'revoke-token':
        this.#tokens.revoke();
        this.#simulator.control.patchOptions({ tokens: [this.#tokens.valid] });
        break;
      case 'replace-token':
        this.#replaceToken();
        break;
      case 'protect':
        run('protect-user', () => protectUser(this.#deps, { id: command.user, actor: CALLERS[0] }));
        break;
      case 'unprotect':
        run('unprotect-user', () => unprotectUser(this.#deps, { id: command.user, actor: CALLERS[0] }));
        break;
      case 'erase':
        run('erase-user', () => this.#erase(command));
        break;
    }
  }

  #hearFrom(user: string, writes: boolean): void {
    if (writes) this.#quiet.delete(user);
    else this.#quiet.add(user);
    this.#simulator.control.patchOptions({ lastInboundAt: this.#silent() });
  }

  #deliver(
    command: { readonly number: number; readonly deliveries: number },
    notice: Omit<NumberNotice, 'phoneNumberId'>,
  ): void {
    const phoneNumberId = numberOf(command);
    const forwarded = {
      numbers: [{ phoneNumberId, ...notice }],
      notFollowed: [],
      verdicts: new Map([[phoneNumberId, 'verified' as const]]),
      forwarder: { actor: RECEIVER },
    };
    for (let delivery = 0; delivery < command.deliveries; delivery += 1) {
      this.#workflows.invoke('receive-webhook', () => receiveWebhook(this.#deps, forwarded)).catch(() => undefined);
    }
  }

  #changeElsewhere(command: Extract<Command, { kind: 'external' }>): void {
    const { add, remove } = command;
    this.#simulator.control.changeNumber(numberOf(command), { add: [...add], remove: [...remove] });
    this.#noteChanges('external');
  }

  #replaceToken(): void {
    this.#tokens.replace();
    this.#simulator.control.patchOptions({ tokens: [this.#tokens.valid] });
  }

  async #change(command: Extract<Command, { kind: 'change' }>): Promise<void> {
    const { action, users, asJob, caller, expiresInMs, defer } = command;
    const expiresAt = expiresInMs === undefined ? undefined : new Date(this.now() + expiresInMs).toISOString();
    const terms = action === 'block' ? { expiresAt, defer, termsAsSent: JSON.stringify([expiresInMs, defer]) } : {};
    const number = numberOf(command);
    const entries = users.map((user) => (user.startsWith('US.') ? { user_id: user } : { user }));
    const key = asJob && command.key !== undefined ? `key-${command.key}` : undefined;
    const body = JSON.stringify([action, users, terms.termsAsSent]);
    const known = key === undefined ? undefined : this.#keys.get(`${number}/${caller}/${key}`);
    const submitted = await submitChange(this.#deps, {
      action,
      ...terms,
      phoneNumberId: number,
      list: toEntryList(entries.map(parseEntry)),
      respondAsync: asJob,
      idempotencyKey: key,
      actor: CALLERS[caller] ?? CALLERS[0],
    });
    if (submitted.kind === 'outcomes') {
      const answered = submitted.results.map(({ entry }) => entry.input);
      if (answered.join() !== users.join()) this.complaints.push(`asked for ${users}, answered for ${answered}`);
      return;
    }
    const { id } = submitted.job;
    if (!this.jobs.includes(id)) this.jobs.push(id);
    if (known && known.body === body && known.jobId !== id) this.complaints.push(`${key} became two jobs`);
    if (key !== undefined && !known) this.#keys.set(`${number}/${caller}/${key}`, { body, jobId: id });
  }

  async #erase({ user, unblock }: Extract<Command, { kind: 'erase' }>): Promise<void> {
    const asked = { id: user, phoneNumberIds: NUMBERS };
    const kept = { budgetMs: 20_000, auditDays: 730, jobDays: 90, logDays: 90 };
    const note = async () => {
      const { ids, previousIds } = await findPerson(this.stored.store, asked);
      for (const id of [...ids, ...previousIds]) this.erased.add(id);
      return ids;
    };
    const ids = await note();
    try {
      const end = await eraseUser({ ...this.#deps, ...kept }, { ...asked, unblock, actor: CALLERS[0] });
      if (end.kind === 'erased') {
        const told = end.receipt.remains.flatMap(({ where, phoneNumberIds = [] }) =>
          where === 'other_user' ? phoneNumberIds : [],
        );
        this.leftovers.push(
          ...(await leftOf(this.stored, ids, told)),
          ...(await untold(this.stored, this.#namedBy(ids), told)),
        );
      }
    } finally {
      await note();
    }
  }

  /** Those of these ids that a receipt for each number must tell of. */
  #namedBy(ids: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const moves = this.#sequence.steps.flatMap(({ command }) => (command.kind === 'identity' ? [command] : []));
    const movesFrom = (id: string, number: string) =>
      moves.filter((move) => numberOf(move) === number && [id, otherForm(id)].includes(move.from)).length;
    return new Map(NUMBERS.map((number) => [number, ids.filter((id) => isNumber(id) && movesFrom(id, number) < 2)]));
  }

  async #revert(request: RevertJobRequest): Promise<void> {
    const at = new Date(this.now()).toISOString();
    try {
      const { id, reverts } = await revertJob(this.#deps, request);
      if (reverts !== request.id)
        this.complaints.push(`${request.id} was to be reverted, and ${id} reverts ${reverts}`);
      if (!this.jobs.includes(id)) this.jobs.push(id);
    } catch (error) {
      if (error instanceof Error && error.message.includes('there is nothing to revert'))
        this.refusedReverts.push({ jobId: request.id, at });
      throw error;
    }
  }

  /** An error that neither this model nor Graph made is a fault of the service. */
  #complainOf(error: unknown): void {
    const expected =
      error instanceof Error &&
      /^(?:DependencyError|GraphError|AwsError|InternalServerError|TimeoutError|EventsNotPublishedError)$/.test(
        error.name,
      );
    if (!expected) this.complaints.push(`a fault: ${error instanceof Error ? error.stack : String(error)}`);
  }

  #aws<T>(run: () => Promise<T>): Promise<T> {
    return this.#interleaver.call(async () => {
      const fault = this.#faults.random() < this.#faults.rate;
      const lost = fault && this.#faults.random() < 0.5;
      if (fault && !lost) throw new AwsError('Step Functions is throttled');
      const answer = await run();
      if (lost) throw new AwsError('The answer of Step Functions was lost');
      return answer;
    });
  }

  /** Graph, each call of it a step, with a record of what it did to the lists. */
  #watched(graph: GraphClient): Graph {
    const late = (error: unknown) => (error instanceof GraphError && error.kind === 'timeout' ? LATE_MS : 0);
    const step = <T>(run: () => Promise<T>): Promise<T> =>
      this.#interleaver.call(async () => {
        await this.#noteProtected();
        try {
          return await run();
        } finally {
          this.#noteChanges('service');
        }
      }, late);
    return {
      changeUsers: (...args) => step(() => graph.changeUsers(...args)),
      listUsers: (...args) => step(() => graph.listUsers(...args)),
      inspectToken: (...args) => step(() => graph.inspectToken(...args)),
    };
  }

  async #noteProtected(): Promise<void> {
    const ids = await this.stored.store.listProtectedIds();
    for (const id of this.#protectedSince.keys()) if (!ids.has(id)) this.#protectedSince.delete(id);
    for (const id of ids.keys()) if (!this.#protectedSince.has(id)) this.#protectedSince.set(id, this.now());
  }

  /** Nobody who was protected during a whole operation is blocked by it. */
  #complainOfBlock(number: string, user: string): void {
    const since = this.#protectedSince.get(user);
    if (since === undefined || this.now() - since < PROTECTED_WITHIN_MS) return;
    this.complaints.push(`${number}: ${user} was blocked, and is protected since ${new Date(since).toISOString()}`);
  }

  #noteChanges(by: TrueChange['by']): void {
    for (const number of NUMBERS) {
      const before = this.#lists.get(number) ?? new Set();
      const after = this.listOf(number);
      for (const user of after) {
        if (before.has(user)) continue;
        this.changes.push({ number, user, action: 'block', by });
        if (by === 'service') this.#complainOfBlock(number, user);
      }
      for (const user of before) if (!after.has(user)) this.changes.push({ number, user, action: 'unblock', by });
      this.#lists.set(number, after);
    }
  }
}

/** What is stored under one of these ids, or leads to one, but for what a block that stands needs, and where the receipt tells of others. */
async function leftOf({ store, outbox }: Stores, ids: readonly string[], told: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for await (const page of outbox.listEvents('9999')) {
    for (const { event } of page) {
      const named = 'users' in event.detail && Array.isArray(event.detail.users) ? event.detail.users : [];
      if (named.some((user) => ids.includes(user))) left.push(`the event ${event.detail.id}`);
    }
  }
  for (const number of NUMBERS) {
    for (const { user, at, action } of await store.pageEvents(number, ids, { limit: 1_000 }))
      left.push(`${number}: the ${action} of ${user} at ${at}`);
    const items = await store.getUsers(number, EVERYONE, true);
    // Graph may list a user whose block stands by their BSUID alone.
    const leadsToBlock = (id: string, user: MirrorItem | undefined) =>
      user !== undefined && !isAlias(user) && isWanted(user) && user.userId === id;
    for (const [id, item] of items) {
      const isLeft = isAlias(item)
        ? ids.includes(item.aliasOf) && !leadsToBlock(id, items.get(item.aliasOf))
        : (ids.includes(id) && !(isWanted(item) && hasNothingMore(item))) ||
          (ids.includes(item.leftBy ?? '') && !told.includes(number));
      if (isLeft) left.push(`${number}: ${JSON.stringify(item)} under ${id}`);
    }
  }
  return left.map((one) => `${one} outlived the erasure of ${ids}`);
}

/**
 * Records of other users that name one of these numbers as an earlier one of theirs, where the receipt does not say so. A BSUID
 * never gets another owner: who once had it and who has it now are one person, to whatever this model moves it. Of several
 * users who left a number one after the other, the service knows the last (`docs/erasure.md`).
 */
async function untold(
  { store }: Stores,
  named: ReadonlyMap<string, readonly string[]>,
  told: readonly string[],
): Promise<string[]> {
  const left: string[] = [];
  for (const [number, ids] of named) {
    if (told.includes(number)) continue;
    for (const { user, at, previous } of await store.pageEvents(number, EVERYONE, { limit: 1_000 }))
      if (ids.includes(previous ?? '')) left.push(`the move of ${user} at ${at}`);
    for (const [id, item] of await store.getUsers(number, EVERYONE, true)) {
      const ofMover = isAlias(item) ? [id] : [...(item.previousIds ?? []), ...Object.keys(item.leftAt ?? {})];
      if (ofMover.some((one) => ids.includes(one))) left.push(`${JSON.stringify(item)} under ${id}`);
    }
  }
  return left.map((one) => `${one} names an id of an erased person, and the receipt does not tell`);
}

function waIdOf(user: string): string {
  return Object.entries(OTHER_WA_ID).find(([number]) => number === user)?.[1] ?? user;
}

function numberOf({ number }: { readonly number: number }): string {
  return NUMBERS[number] ?? NUMBERS[0];
}
