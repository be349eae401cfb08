import { useEffect, useRef, useState } from 'preact/hooks';
import type { Terms } from '../changes/plan-undo.ts';
import { NumbersField } from './numbers-field.tsx';
import { NO_TERMS, TermsFields, termsOf } from './terms-fields.tsx';

interface ChangeFormProps {
  readonly title: string;
  readonly numbers: readonly string[];
  readonly chosen: readonly string[];
  readonly isBusy: boolean;
  readonly onSubmit: (numbers: readonly string[], terms: Terms) => Promise<void>;
  readonly onCancel: () => void;
}

/** Asks on which numbers a user is blocked, why, and for how long. */
export function ChangeForm({ title, numbers, chosen: usual, isBusy, onSubmit, onCancel }: ChangeFormProps) {
  const [terms, setTerms] = useState(NO_TERMS);
  const [chosen, setChosen] = useState(usual);
  const form = useRef<HTMLFormElement>(null);
  // What is chosen is the person's from the first moment on: another choice to begin with is another form, by its key.
  useEffect(() => form.current?.querySelector<HTMLElement>('[name=reason_code]')?.focus(), []);
  return (
    <form
      class="box form"
      ref={form}
      aria-labelledby="change-title"
      onSubmit={(event) => {
        event.preventDefault();
        void onSubmit(chosen, termsOf(terms, 'block'));
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      <h2 id="change-title">{title}</h2>
      <TermsFields action="block" value={terms} onChange={setTerms} />
      <NumbersField numbers={numbers} chosen={chosen} onChange={setChosen} />
      <p class="actions">
        <button type="submit" class="primary" disabled={isBusy || chosen.length === 0}>
          {isBusy ? 'Blocking…' : chosen.length > 1 ? `Block on ${chosen.length} numbers` : 'Block'}
        </button>
        <button type="button" class="plain" onClick={onCancel}>
          Cancel
        </button>
      </p>
    </form>
  );
}
