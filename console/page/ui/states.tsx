import type { ComponentChildren } from 'preact';
import type { Failure, FailureKind } from '../service/failure.ts';
import type { Loaded } from '../service/use-load.ts';
import { Said } from './text.tsx';

const TITLES: Readonly<Record<FailureKind, string>> = {
  locked: 'This tab has no key to the console',
  ended: 'The console has ended',
  signIn: 'Your sign-in is over',
  forbidden: 'You may not do this',
  readOnly: 'This console only reads',
  notFound: 'Not found',
  refused: 'The service does not take this',
  unavailable: 'The service cannot answer now',
  unreachable: 'The service cannot be reached',
};

const HINTS: Readonly<Partial<Record<FailureKind, string>>> = {
  signIn: 'Sign in again in the terminal (aws sso login), then try again here. The console need not be started anew.',
  forbidden: 'Your credentials lack the permission. Ask whoever runs the service for it.',
  unavailable: 'Nothing was lost. Try again in a moment.',
};

/** What went wrong, and what to do next. */
export function FailureBox({
  failure,
  retry,
}: {
  readonly failure: Failure;
  readonly retry?: (() => void) | undefined;
}) {
  const { kind, message, hint = HINTS[kind], retryAfter, requestId } = failure;
  return (
    <div class={`box failure ${kind}`} role="alert">
      <h2>{TITLES[kind]}</h2>
      <p>
        <Said>{message}</Said>
      </p>
      {hint !== undefined && (
        <p>
          <Said>{hint}</Said>
          {retryAfter !== undefined && ` The service asks to wait ${retryAfter} s.`}
        </p>
      )}
      <p class="actions">
        {retry !== undefined && kind !== 'locked' && (
          <button type="button" onClick={retry}>
            Try again
          </button>
        )}
        {requestId !== undefined && <span class="muted">Request {requestId}</span>}
      </p>
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" /> Loading {what}…
    </p>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="box empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface WhenLoadedProps<T> {
  readonly of: Loaded<T>;
  readonly what: string;
  readonly children: (data: T) => ComponentChildren;
}

/** What is loaded, or why it is not there. */
export function WhenLoaded<T>({ of, what, children }: WhenLoadedProps<T>) {
  if (of.state === 'loading') return <Loading what={what} />;
  if (of.state === 'failed') return <FailureBox failure={of.failure} retry={of.reload} />;
  return <>{children(of.data)}</>;
}
