import { NumbersField } from './numbers-field.tsx';

interface NumbersChoiceProps {
  readonly legend: string;
  /** The name of the choice of all of them. */
  readonly every: string;
  readonly numbers: readonly string[];
  /** Undefined if it is for all of them, also those that are not among `numbers`. */
  readonly chosen: readonly string[] | undefined;
  readonly onChange: (chosen: readonly string[] | undefined) => void;
}

/** For every number there is, or only for some. */
export function NumbersChoice({ legend, every, numbers, chosen, onChange }: NumbersChoiceProps) {
  return (
    <>
      <fieldset>
        <legend>{legend}</legend>
        <div class="checks">
          <label class="check">
            <input type="radio" checked={chosen === undefined} onChange={() => onChange(undefined)} />
            <span>{every}</span>
          </label>
          <label class="check">
            <input
              type="radio"
              disabled={numbers.length === 0}
              checked={chosen !== undefined}
              onChange={() => onChange(numbers.length === 1 ? numbers : [])}
            />
            <span>Only some</span>
          </label>
        </div>
      </fieldset>
      {chosen !== undefined && (
        <NumbersField legend="Which ones" numbers={numbers} chosen={chosen} onChange={onChange} />
      )}
    </>
  );
}
