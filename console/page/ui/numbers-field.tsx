interface NumbersFieldProps {
  readonly numbers: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  readonly legend?: string;
}

/** On which of the numbers. */
export function NumbersField({ numbers, chosen, onChange, legend = 'On which numbers' }: NumbersFieldProps) {
  const isAll = chosen.length === numbers.length;
  return (
    <fieldset>
      <legend>{legend}</legend>
      <div class="checks">
        {numbers.length > 1 && (
          <label class="check">
            <input type="checkbox" name="all" checked={isAll} onChange={() => onChange(isAll ? [] : numbers)} />
            <span>All {numbers.length}</span>
          </label>
        )}
        {numbers.map((number) => (
          <label class="check" key={number}>
            <input
              type="checkbox"
              name="number"
              value={number}
              checked={chosen.includes(number)}
              onChange={(event) =>
                onChange(
                  event.currentTarget.checked
                    ? numbers.filter((one) => one === number || chosen.includes(one))
                    : chosen.filter((one) => one !== number),
                )
              }
            />
            <span>{number}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
