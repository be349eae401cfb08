import { useId } from 'preact/hooks';
import { LIMITS } from '../../../lambdas/contract/limits.ts';
import { useReasonRules } from '../service/reasons.ts';

/** A reason while it is filled in, as it was typed. */
export interface TypedReason {
  readonly code: string;
  readonly note: string;
}

export const NO_REASON: TypedReason = { code: '', note: '' };

/** What is sent of it. */
export function reasonOf({ code, note }: TypedReason) {
  return { reason: note.trim() || undefined, reason_code: code.trim() || undefined };
}

interface ReasonFieldsProps {
  readonly value: TypedReason;
  readonly onChange: (part: Partial<TypedReason>) => void;
  /** Rows of a file may have their own, so that none is required here. */
  readonly isUsual?: boolean;
}

/** Why: one of the codes of the deployment, and a note. What the deployment requires must be filled in. */
export function ReasonFields({ value: { code, note }, onChange, isUsual = false }: ReasonFieldsProps) {
  const { codes, required } = useReasonRules();
  const id = useId();
  const needs = (what: 'code' | 'text') => required === what && !isUsual;
  return (
    <>
      <label htmlFor={id}>
        <span>Reason code {needs('code') && <Required />}</span>
        {codes === undefined ? (
          <input
            id={id}
            name="reason_code"
            maxLength={32}
            autocomplete="off"
            value={code}
            onInput={(event) => onChange({ code: event.currentTarget.value })}
          />
        ) : (
          <select
            id={id}
            name="reason_code"
            required={needs('code')}
            value={code}
            onChange={(event) => onChange({ code: event.currentTarget.value })}
          >
            <option value="">{needs('code') ? 'Choose one…' : 'None'}</option>
            {codes.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        )}
      </label>
      <label class="wide">
        <span>
          Note {needs('text') && <Required />} <span class="muted">(recorded; others see it)</span>
        </span>
        <input
          name="note"
          required={needs('text')}
          // Not spaces alone.
          pattern={needs('text') ? '.*\\S.*' : undefined}
          title={needs('text') ? 'Say why' : undefined}
          maxLength={LIMITS.reasonCharacters}
          autocomplete="off"
          value={note}
          onInput={(event) => onChange({ note: event.currentTarget.value })}
        />
      </label>
    </>
  );
}

function Required() {
  return <strong>required</strong>;
}
