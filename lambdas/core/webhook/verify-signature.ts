import { InvalidRequestError } from '../errors.ts';

export interface SignedPayload {
  /** `X-Hub-Signature-256`. */
  readonly signature: string | undefined;
  /** The body exactly as it was sent: a payload that was serialized again has another signature. */
  readonly body: string;
}

/** Secrets of the Meta apps that may sign news about a number. */
export interface AppSecrets {
  /** The number's own secret. A payload that is not signed with it is refused. */
  readonly own?: string | undefined;
  /** The default's secret, for a number without one of its own. It may or may not be the same app. */
  readonly shared?: string | undefined;
}

export interface VerifyDeps {
  readonly tokens: { readonly appSecrets: (phoneNumberId: string) => Promise<AppSecrets> };
  /** Whether the signature is `sha256=<HMAC of the body with the secret>`. */
  readonly isSignedBy: (secret: string, payload: SignedPayload) => boolean;
}

/** Whether the payload is known to come from Meta. `no_app_secret`: there is no secret to verify it with. */
export type Verdict = 'verified' | 'no_app_secret' | 'not_signed';

/**
 * For each number of a payload, whether it is signed. Refuses the payload if it is not signed with a number's own app secret.
 */
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
