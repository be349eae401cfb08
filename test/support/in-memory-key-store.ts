import type { ApiKey } from '../../lambdas/core/keys/api-key.ts';
import type { KeyStore } from '../../lambdas/core/ports/key-store.ts';

/** Keys in memory, with how often one was looked up. `test/support/key-contract.ts` says that it is like DynamoDB's. */
export class InMemoryKeyStore implements KeyStore {
  readonly #keys = new Map<string, ApiKey>();
  reads = 0;

  async addKey(key: ApiKey): Promise<boolean> {
    const name = key.name.toLowerCase();
    if ([...this.#keys.values()].some((other) => other.name.toLowerCase() === name)) return false;
    this.#keys.set(key.id, key);
    return true;
  }

  async getKey(id: string): Promise<ApiKey | undefined> {
    this.reads += 1;
    return this.#keys.get(id);
  }

  async listKeys({ limit, after = '' }: Parameters<KeyStore['listKeys']>[0]): Promise<ApiKey[]> {
    const ids = [...this.#keys.keys()].filter((id) => id > after).sort();
    return ids.slice(0, limit).flatMap((id) => this.#keys.get(id) ?? []);
  }

  async changeKey(read: ApiKey, { secrets, activity }: Parameters<KeyStore['changeKey']>[1]): Promise<boolean> {
    const key = this.#keys.get(read.id);
    if (key?.activity.length !== read.activity.length) return false;
    this.#keys.set(read.id, { ...key, secrets, activity: [...key.activity, activity] });
    return true;
  }

  async recordUse(id: string, at: string, unlessSince: string): Promise<void> {
    const key = this.#keys.get(id);
    if (key === undefined || (key.lastUsedAt ?? '') > unlessSince) return;
    this.#keys.set(id, { ...key, lastUsedAt: at });
  }
}
