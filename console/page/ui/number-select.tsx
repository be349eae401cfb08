import type { Numbers } from '../../../lambdas/openapi/blocklist.ts';
import type { Loaded } from '../service/use-load.ts';

interface NumberSelectProps {
  readonly of: Loaded<Numbers>;
  readonly value: string;
  readonly onChange: (number: string) => void;
  readonly withAll?: boolean;
}

/** One of the numbers in use, or the one of the address. */
export function NumberSelect({ of, value, onChange, withAll = false }: NumberSelectProps) {
  const known = of.state === 'ready' ? of.data.data.map(({ phone_number_id }) => phone_number_id) : [];
  const numbers = value === '' || known.includes(value) ? known : [value, ...known];
  return (
    <label>
      Number
      <select name="number" value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {withAll && <option value="">All</option>}
        {numbers.map((number) => (
          <option key={number} value={number}>
            {number}
          </option>
        ))}
      </select>
    </label>
  );
}
