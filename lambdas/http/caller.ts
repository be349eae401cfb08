import * as z from 'zod/mini';
import { KEY_SCOPES, type KeyScope } from '../contract/routes.ts';
import { PHONE_NUMBER_ID } from '../core/ids.ts';
import { type ApiKey, actorOf } from '../core/keys/api-key.ts';

/** What a caller's key lets it do. */
export interface CallerKey {
  readonly id: string;
  readonly scopes: readonly KeyScope[];
  /** The numbers that it may use; every number if absent. */
  readonly numbers: ReadonlySet<string> | undefined;
}

/** Who calls, as API Gateway has established it: by a signature on the one API, by the authorizer on the other. */
export interface CallerIdentity {
  readonly actor: string;
  readonly key?: CallerKey;
}

/** The numbers of a key that may use every number. A list that got lost on the way is none of them. */
const ALL_NUMBERS = '*';

const isScope = (name: string): name is KeyScope => Object.hasOwn(KEY_SCOPES, name);
const words = z.pipe(
  z.string(),
  z.transform((text) => text.split(',')),
);

/** What the authorizer says of a key, in texts, since API Gateway hands on nothing else. */
const keyContext = z.object({
  keyId: z.string().check(z.minLength(1)),
  keyName: z.string().check(z.minLength(1)),
  scopes: z.pipe(words, z.array(z.custom<KeyScope>((name) => typeof name === 'string' && isScope(name)))),
  numbers: z.union([z.literal(ALL_NUMBERS), z.pipe(words, z.array(z.string().check(z.regex(PHONE_NUMBER_ID))))]),
});

export type KeyContext = z.input<typeof keyContext>;

/** How the authorizer says it. */
export function keyContextOf({ id, name, scopes, phoneNumberIds }: ApiKey): KeyContext {
  return {
    keyId: id,
    keyName: name,
    scopes: scopes.join(','),
    numbers: phoneNumberIds === undefined ? ALL_NUMBERS : phoneNumberIds.join(','),
  };
}

/** The part of an event's context that names the caller. Nothing in the request itself, no header, ever gets there. */
export const callerContext = {
  /** Of the API for keys: whatever its authorizer returned. The API of signed callers has none. */
  authorizer: z.nullish(z.unknown()),
  identity: z.nullish(z.looseObject({ userArn: z.nullish(z.string()) })),
};

/** @throws Error if API Gateway established no caller, or the authorizer's context is not as expected: a fault of the service */
export function readCaller({ authorizer, identity }: z.infer<z.ZodMiniObject<typeof callerContext>>): CallerIdentity {
  if (authorizer !== undefined && authorizer !== null) {
    const { keyId, keyName, scopes, numbers } = keyContext.parse(authorizer);
    const key = { id: keyId, scopes, numbers: numbers === ALL_NUMBERS ? undefined : new Set(numbers) };
    return { actor: actorOf(keyName), key };
  }
  const actor = identity?.userArn;
  if (!actor) throw new Error('The request has no identity: is the method open to unsigned callers?');
  return { actor };
}
