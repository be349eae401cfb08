import type { Fault, FaultRule, GraphMethod } from './fault-schema.ts';
import { type RandomStream, randomStream } from './random.ts';

/** A rule with what it has done so far. */
export interface FaultRuleState {
  rule: FaultRule;
  /** Requests that matched method and phone number id. */
  seen: number;
  /** Requests that the fault affected. */
  fired: number;
}

interface ActiveRule extends FaultRuleState {
  random: RandomStream;
}

/**
 * The faults to come. Every rule sees every request that it matches. If several apply, the first added rule wins. Each rule
 * draws from its own random stream, so that a new rule does not change the others.
 */
export class FaultScript {
  readonly #seed: number;
  #rules: ActiveRule[] = [];
  #added = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  add(rules: readonly FaultRule[]): void {
    for (const rule of rules) {
      this.#added++;
      this.#rules.push({ rule, seen: 0, fired: 0, random: randomStream(this.#seed, `fault ${this.#added}`) });
    }
  }

  clear(): void {
    this.#rules = [];
    this.#added = 0;
  }

  list(): FaultRuleState[] {
    return this.#rules.map(({ rule, seen, fired }) => ({ rule, seen, fired }));
  }

  /**
   * The fault that affects this request, if any. Called once for each request, in the order of arrival. A request without a
   * number is for debug_token: rules that name a number, and faults of single users, do not affect it.
   */
  pick(method: GraphMethod, phoneNumberId: string | undefined): Fault | undefined {
    let picked: ActiveRule | undefined;
    for (const active of this.#rules) {
      const { rule } = active;
      if (rule.method !== undefined && rule.method !== method) continue;
      if (rule.phoneNumberId !== undefined && rule.phoneNumberId !== phoneNumberId) continue;
      if (phoneNumberId === undefined && isOfUsers(rule.fault)) continue;
      active.seen++;
      // Asked even if another rule was picked: a probability draws for each request, independently of the others.
      if (applies(active) && picked === undefined) picked = active;
    }
    if (picked !== undefined) picked.fired++;
    return picked?.rule.fault;
  }
}

function isOfUsers({ kind }: Fault): boolean {
  return kind === 'user-errors' || kind === 'forget';
}

function applies({ rule, seen, fired, random }: ActiveRule): boolean {
  if (rule.nth !== undefined) return [rule.nth].flat().includes(seen);
  if (rule.next !== undefined) return fired < rule.next;
  if (rule.probability !== undefined) return random() < rule.probability;
  return true;
}
