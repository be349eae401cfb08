import { InvalidRequestError, TokenMissingError } from '../errors.ts';
import type { TokenSource } from '../ports.ts';

export interface SignedPayload {
  /** `X-Hub-Signature-256`. */
  readonly signature: string | undefined;
  /** As it was sent: a payload that was written anew has another signature. */
  readonly body: string;
}

export interface VerifyDeps {
  readonly tokens: Pick<TokenSource, 'credentials'>;
  /** Whether `sha256=<HMAC of the body by the secret>` is the signature. */
  readonly isSignedBy: (secret: string, payload: SignedPayload) => boolean;
}

/** Refuses a payload that is not signed by the app secret of each of its numbers; numbers without one ask for nothing. */
export async function verifySignature(
  { tokens, isSignedBy }: VerifyDeps,
  phoneNumberIds: readonly string[],
  payload: SignedPayload,
): Promise<void> {
  for (const phoneNumberId of phoneNumberIds) {
    const secret = await appSecretOf(tokens, phoneNumberId);
    if (secret === undefined || isSignedBy(secret, payload)) continue;
    throw new InvalidRequestError(
      payload.signature === undefined
        ? 'X-Hub-Signature-256: is missing; forward it together with the unchanged body'
        : "X-Hub-Signature-256: is not the signature of this body by the number's app secret; forward the body unchanged",
      403,
    );
  }
}

async function appSecretOf(tokens: VerifyDeps['tokens'], phoneNumberId: string): Promise<string | undefined> {
  try {
    return (await tokens.credentials(phoneNumberId)).appSecret;
  } catch (error) {
    if (error instanceof TokenMissingError) return undefined;
    throw error;
  }
}
