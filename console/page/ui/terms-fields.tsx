import type { Terms } from '../changes/plan-undo.ts';
import { NO_REASON, ReasonFields, reasonOf, type TypedReason } from './reason-fields.tsx';

/** What a form holds while it is filled in; texts are as they were typed. */
export interface TypedTerms extends TypedReason {
  readonly lasts: string;
  readonly until: string;
  readonly defer: boolean;
}

export const NO_TERMS: TypedTerms = { ...NO_REASON, lasts: '', until: '', defer: true };

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

/** What is sent of them. An unblock has no end and nothing to wait for. */
export function termsOf({ lasts, until, defer, ...why }: TypedTerms, action: 'block' | 'unblock'): Terms {
  if (action === 'unblock') return reasonOf(why);
  return { ...reasonOf(why), ...endOf({ lasts, until }), defer: defer || undefined };
}

export function endOf({ lasts, until }: Pick<TypedTerms, 'lasts' | 'until'>) {
  return {
    expires_in: lasts === '' || lasts === DATE ? undefined : Number(lasts),
    expires_at: lasts === DATE && until !== '' ? new Date(until).toISOString() : undefined,
  };
}

interface TermsFieldsProps {
  readonly action: 'block' | 'unblock';
  readonly value: TypedTerms;
  readonly onChange: (value: TypedTerms) => void;
  /** Rows of a file may have their own reason. */
  readonly isUsual?: boolean;
  /** Whether the person may choose that a block waits; without, it does so by itself. */
  readonly withDefer?: boolean;
}

export function TermsFields({ action, value, onChange, isUsual, withDefer = true }: TermsFieldsProps) {
  const set = (part: Partial<TypedTerms>) => onChange({ ...value, ...part });
  return (
    <div class="fields">
      <ReasonFields value={value} onChange={set} isUsual={isUsual ?? false} />
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
      {action === 'block' && withDefer && (
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
