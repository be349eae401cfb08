import { InvalidRequestError } from '../errors.ts';

export interface SignedPayload {
  /** `X-Hub-Signature-256`. */
  readonly signature: string | undefined;
  /** As it was sent: a payload that was written anew has another signature. */
  readonly body: string;
}

/** Secrets of the Meta apps that may sign what is told of a number. */
export interface AppSecrets {
  /** The number's: a payload that is not signed by it is refused. */
  readonly own?: string | undefined;
  /** The default's, for a number without one of its own: the app may be the same, and may not. */
  readonly shared?: string | undefined;
}

export interface VerifyDeps {
  readonly tokens: { readonly appSecrets: (phoneNumberId: string) => Promise<AppSecrets> };
  /** Whether `sha256=<HMAC of the body by the secret>` is the signature. */
  readonly isSignedBy: (secret: string, payload: SignedPayload) => boolean;
}

/** Whether Meta told it, for all that is known: `no_app_secret` where there is nothing to tell that by. */
export type Verdict = 'verified' | 'no_app_secret' | 'not_signed';

/** Whether a payload is signed, for each of its numbers. Refuses it where it is not signed by a number's own app secret. */
export async function verifySignature(
  { tokens, isSignedBy }: VerifyDeps,
  phoneNumberIds: readonly string[],
  payload: SignedPayload,
): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  for (const phoneNumberId of phoneNumberIds) {
    const { own, shared } = await tokens.appSecrets(phoneNumberId);
    const secret = own ?? shared;
    if (secret === undefined) verdicts.set(phoneNumberId, 'no_app_secret');
    else if (isSignedBy(secret, payload)) verdicts.set(phoneNumberId, 'verified');
    else if (own === undefined) verdicts.set(phoneNumberId, 'not_signed');
    else throw notSigned(payload);
  }
  return verdicts;
}

function notSigned({ signature }: SignedPayload): InvalidRequestError {
  const problem =
    signature === undefined
      ? 'is missing; forward it together with the unchanged body'
      : "is not the signature of this body by the number's app secret; forward the body unchanged";
  return new InvalidRequestError(`X-Hub-Signature-256: ${problem}`, 403);
}
