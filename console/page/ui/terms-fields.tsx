import { useId } from 'preact/hooks';
import { DEFAULT_REASON_CODES } from '../../../lambdas/contract/reasons.ts';
import type { Terms } from '../changes/plan-undo.ts';

/** What a form holds while it is filled in; texts are as they were typed. */
export interface TypedTerms {
  readonly code: string;
  readonly note: string;
  readonly lasts: string;
  readonly until: string;
  readonly defer: boolean;
}

export const NO_TERMS: TypedTerms = { code: '', note: '', lasts: '', until: '', defer: true };

const DAY = 86_400;
const LENGTHS: readonly (readonly [seconds: number, name: string])[] = [
  [3_600, '1 hour'],
  [DAY, '1 day'],
  [7 * DAY, '7 days'],
  [30 * DAY, '30 days'],
  [90 * DAY, '90 days'],
  [365 * DAY, '1 year'],
];
const DATE = 'date';
const NOTE_CHARACTERS = 256;

/** What is sent of them. An unblock has no end and nothing to wait for. */
export function termsOf({ code, note, lasts, until, defer }: TypedTerms, action: 'block' | 'unblock'): Terms {
  const reasons = { reason: note.trim() || undefined, reason_code: code.trim() || undefined };
  if (action === 'unblock') return reasons;
  return {
    ...reasons,
    expires_in: lasts === '' || lasts === DATE ? undefined : Number(lasts),
    expires_at: lasts === DATE && until !== '' ? new Date(until).toISOString() : undefined,
    defer: defer || undefined,
  };
}

interface TermsFieldsProps {
  readonly action: 'block' | 'unblock';
  readonly value: TypedTerms;
  readonly onChange: (value: TypedTerms) => void;
}

export function TermsFields({ action, value, onChange }: TermsFieldsProps) {
  const set = (part: Partial<TypedTerms>) => onChange({ ...value, ...part });
  const id = useId();
  return (
    <div class="fields">
      <label>
        Reason code
        <input
          name="reason_code"
          list={`${id}-codes`}
          maxLength={32}
          autocomplete="off"
          value={value.code}
          onInput={(event) => set({ code: event.currentTarget.value })}
        />
      </label>
      <datalist id={`${id}-codes`}>
        {DEFAULT_REASON_CODES.map((code) => (
          <option key={code} value={code} />
        ))}
      </datalist>
      <label class="wide">
        <span>
          Note <span class="muted">(recorded; others see it)</span>
        </span>
        <input
          name="note"
          maxLength={NOTE_CHARACTERS}
          autocomplete="off"
          value={value.note}
          onInput={(event) => set({ note: event.currentTarget.value })}
        />
      </label>
      {action === 'block' && (
        <label>
          For how long
          <select name="lasts" value={value.lasts} onChange={(event) => set({ lasts: event.currentTarget.value })}>
            <option value="">Until someone unblocks</option>
            {LENGTHS.map(([seconds, name]) => (
              <option key={seconds} value={seconds}>
                {name}
              </option>
            ))}
            <option value={DATE}>Until a date…</option>
          </select>
        </label>
      )}
      {action === 'block' && value.lasts === DATE && (
        <label>
          Until
          <input
            type="datetime-local"
            name="until"
            required
            value={value.until}
            onInput={(event) => set({ until: event.currentTarget.value })}
          />
        </label>
      )}
      {action === 'block' && (
        <label class="check wide">
          <input
            type="checkbox"
            name="defer"
            checked={value.defer}
            onChange={(event) => set({ defer: event.currentTarget.checked })}
          />
          <span>
            If they did not write in the last 24 hours, block them as soon as they write{' '}
            <span class="muted">(WhatsApp does not take it earlier)</span>
          </span>
        </label>
      )}
    </div>
  );
}
