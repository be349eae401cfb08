import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';

interface ConfirmButtonProps {
  readonly children: ComponentChildren;
  /** What happens, in a sentence. */
  readonly question: string;
  readonly yes: string;
  readonly onYes: () => Promise<void>;
}

/** A button for what cannot be undone: it asks once more, in its place. */
export function ConfirmButton({ children, question, yes, onYes }: ConfirmButtonProps) {
  const [stage, setStage] = useState<'button' | 'asks' | 'busy'>('button');
  const id = useId();
  if (stage === 'button') {
    return (
      <button type="button" onClick={() => setStage('asks')}>
        {children}
      </button>
    );
  }
  const onClick = async () => {
    setStage('busy');
    await onYes();
    setStage('button');
  };
  return (
    <span class="confirm">
      <span id={id}>{question}</span>
      <button
        type="button"
        class="primary"
        ref={focus}
        aria-describedby={id}
        disabled={stage === 'busy'}
        onClick={onClick}
      >
        {yes}
      </button>
      <button type="button" class="plain" disabled={stage === 'busy'} onClick={() => setStage('button')}>
        Keep
      </button>
    </span>
  );
}

function focus(button: HTMLButtonElement | null): void {
  button?.focus();
}
