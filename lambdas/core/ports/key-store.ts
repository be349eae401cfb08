import type { ApiKey, KeyActivity, KeySecret } from '../keys/api-key.ts';

/** The keys that are stored. */
export interface KeyStore {
  /** Adds a key; false if another key has, or ever had, its name. Names that differ only in case are the same. */
  addKey(key: ApiKey): Promise<boolean>;
  /** As it is at this moment: a key that was revoked is never read as one that was not. */
  getKey(id: string): Promise<ApiKey | undefined>;
  /** By their ids, from `after` on. */
  listKeys(page: { limit: number; after?: string | undefined }): Promise<ApiKey[]>;
  /** Gives a key other secrets, and adds to its activity; false if somebody changed the key since it was read. */
  changeKey(read: ApiKey, change: { secrets: readonly KeySecret[]; activity: KeyActivity }): Promise<boolean>;
  /** Stores when a key was used, unless a use after `unlessSince` is stored already. */
  recordUse(id: string, at: string, unlessSince: string): Promise<void>;
}

/** What a caller shows, taken apart. */
export interface PresentedKey {
  readonly id: string;
  readonly secret: string;
}

/** The form of keys, and the cryptography behind it. */
export interface KeySecrets {
  newId(): string;
  /** 256 random bits. */
  newSecret(): string;
  /** The whole key, as its caller sends it. */
  write(key: PresentedKey): string;
  /** Absent if it is no key of this stage, or its checksum is wrong. */
  read(token: string): PresentedKey | undefined;
  hash(secret: string): string;
  /** Whether a secret has this hash. Takes the same time whatever the answer. */
  matches(secret: string, hash: string): boolean;
}
