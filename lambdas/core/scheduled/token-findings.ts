/** What Graph says of a token. */
export type TokenState =
  /** `endsAt` is ISO 8601; absent where it never ends, or where nobody tells. */
  | { readonly state: 'works'; readonly endsAt?: string | undefined }
  /** Its provider tells nothing of it, and no number uses it: nobody would notice. */
  | { readonly state: 'unused' }
  /** Within the warning days, or just ended: the token itself, or what its owner lets the app see. */
  | { readonly state: 'ends_soon'; readonly endsAt: string; readonly ends: 'token' | 'data_access' }
  | { readonly state: 'does_not_work'; readonly reason: string }
  /** Graph could not be reached, or gave no answer that says anything, however often it was asked. */
  | { readonly state: 'not_checked'; readonly reason: string };

/** `token` says whose it is, and is never the token itself. */
export type TokenFinding = { readonly token: string } & TokenState;

/** A token needs an operator. The message lists which, and why; it is meant for a log, and the error for an alarm. */
export class TokenProblemError extends Error {
  override readonly name = 'TokenProblemError';
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
