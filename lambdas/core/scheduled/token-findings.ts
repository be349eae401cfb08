import { DAY_MS } from '../durations.ts';
import type { TokenMissingError } from '../errors.ts';
import type { HeldToken, TokenInfo } from '../ports/services.ts';

/** The result of the check of a token. */
export type TokenState =
  /** `endsAt` is ISO 8601; absent if the token never expires, or if its expiry is unknown. */
  | { readonly state: 'works'; readonly endsAt?: string | undefined }
  /** Its provider says nothing about it, and no number uses it, so a fault would harm nobody. */
  | { readonly state: 'unused' }
  /** The token itself, or the app's access to data, expires within the warning days, or has just expired. */
  | { readonly state: 'ends_soon'; readonly endsAt: string; readonly ends: 'token' | 'data_access' }
  | { readonly state: 'does_not_work'; readonly reason: string }
  /** Graph could not be reached, or gave no meaningful answer in any attempt. */
  | { readonly state: 'not_checked'; readonly reason: string };

/** `token` says which one it is, and is never the token itself. */
export type TokenFinding = { readonly token: string } & TokenState;

/** A token needs an operator. The message lists which and why. The message is for a log, and the error for an alarm. */
export class TokenProblemError extends Error {
  override readonly name = 'TokenProblemError';
}

/** What Graph's answer about a token means, `warningDays` before its end. */
export function judgeToken(
  { expiresAt, dataAccessExpiresAt }: TokenInfo,
  { nowMs, warningDays }: { readonly nowMs: number; readonly warningDays: number },
): TokenState {
  const endsAt = [expiresAt, dataAccessExpiresAt].flatMap((end) => end ?? []).sort()[0];
  if (endsAt === undefined || Date.parse(endsAt) - nowMs > warningDays * DAY_MS) return { state: 'works', endsAt };
  return { state: 'ends_soon', endsAt, ends: endsAt === expiresAt ? 'token' : 'data_access' };
}

/** Days that each token still works, if that is known: none if it does not work, or has ended. */
export function daysLeft(findings: readonly TokenFinding[], nowMs: number): number[] {
  return findings.flatMap((found) => {
    if (found.state === 'does_not_work') return 0;
    const { endsAt = undefined } = 'endsAt' in found ? found : {};
    return endsAt === undefined ? [] : Math.max(0, (Date.parse(endsAt) - nowMs) / DAY_MS);
  });
}

/** A sentence for each token that needs attention. */
export function problemsOf(findings: readonly TokenFinding[]): string[] {
  return findings.flatMap((found) => sentenceOf(found) ?? []);
}

function sentenceOf(found: TokenFinding): string | undefined {
  switch (found.state) {
    case 'works':
    case 'unused':
      return undefined;
    case 'ends_soon':
      return `${found.token} ends at ${found.endsAt}${found.ends === 'token' ? '' : ', with its access to data'}.`;
    case 'does_not_work':
      return `${found.token} does not work: ${found.reason}.`;
    case 'not_checked':
      return `${found.token} could not be checked: ${found.reason}.`;
  }
}

/** Which token it is, without the token itself. */
export function tokenName({ phoneNumberIds, isDefault }: HeldToken): string {
  const numbers = phoneNumberIds.map((id) => `phone number id ${id}`).join(', ');
  if (!isDefault) return `The token of ${numbers}`;
  return numbers === '' ? 'The default token' : `The default token, which is also set for ${numbers},`;
}

/** Why there is no token, and the command that puts one in. */
export function forOperators({ message, command }: TokenMissingError): string {
  return command === undefined ? message : `${message} The command: ${command}`;
}
