import { Said } from './text.tsx';

interface Reasons {
  readonly reason?: string | undefined;
  readonly reason_code?: string | undefined;
}

/** The reason of a change: its code, its text, or both. */
export function Why({ of: { reason, reason_code: code } }: { readonly of: Reasons }) {
  if (reason === undefined && code === undefined) return <span class="muted">no reason given</span>;
  return (
    <>
      {code !== undefined && (
        <span class="code">
          <Said>{code}</Said>
        </span>
      )}
      {code !== undefined && reason !== undefined && ' '}
      {reason !== undefined && (
        <span class="long">
          <Said>{reason}</Said>
        </span>
      )}
    </>
  );
}
