import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Terms } from '../changes/plan-undo.ts';
import { NumbersField } from './numbers-field.tsx';
import { NO_TERMS, TermsFields, termsOf } from './terms-fields.tsx';

interface ChangeFormProps {
  readonly title: string;
  /** What follows from it, if the title does not say it. */
  readonly children?: ComponentChildren;
  /** A block may have an end. */
  readonly action: 'block' | 'unblock';
  /** The name of the button, for so many numbers. */
  readonly submit: (count: number) => string;
  /** The numbers to choose from, and those that are chosen to begin with; none if it is not about numbers. */
  readonly numbers?: readonly string[];
  readonly chosen?: readonly string[];
  readonly withDefer?: boolean;
  readonly onSubmit: (terms: Terms, numbers: readonly string[]) => Promise<void>;
  readonly onCancel: () => void;
}

/** Asks why something is changed, and on which numbers and for how long if it has these. */
export function ChangeForm(props: ChangeFormProps) {
  const { title, children, action, submit, numbers = [], withDefer = true, onSubmit, onCancel } = props;
  const [terms, setTerms] = useState({ ...NO_TERMS, defer: withDefer });
  const [chosen, setChosen] = useState(props.chosen ?? numbers);
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  // What is chosen is the person's from the first moment on: another choice to begin with is another form, by its key.
  useEffect(() => form.current?.querySelector<HTMLElement>('[name=reason_code]')?.focus(), []);
  return (
    <form
      class="box form"
      ref={form}
      aria-labelledby={id}
      onSubmit={(event) => {
        event.preventDefault();
        setBusy(true);
        void onSubmit(termsOf(terms, action), chosen).finally(() => setBusy(false));
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
      <TermsFields action={action} value={terms} onChange={setTerms} withDefer={withDefer} />
      {numbers.length > 0 && <NumbersField numbers={numbers} chosen={chosen} onChange={setChosen} />}
      <p class="actions">
        <button type="submit" class="primary" disabled={isBusy || (numbers.length > 0 && chosen.length === 0)}>
          {isBusy ? 'One moment…' : submit(chosen.length)}
        </button>
        <button type="button" class="plain" onClick={onCancel}>
          Cancel
        </button>
      </p>
    </form>
  );
}
