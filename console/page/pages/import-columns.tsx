import { useState } from 'preact/hooks';
import type { Chosen } from '../changes/import-state.ts';

type Columns = Chosen['columns'];

const FIELDS: readonly (readonly [name: keyof Columns, label: string])[] = [
  ['user', 'Users'],
  ['reasonCode', 'Reason'],
  ['reason', 'Note'],
  ['expiresAt', 'End'],
];

interface ColumnsFieldProps {
  readonly head: readonly string[];
  readonly chosen: Columns;
  /** Whether it is open to begin with. It stays as the person leaves it. */
  readonly isOpen: boolean;
  readonly onChange: (chosen: Columns) => void;
}

/** Which column has what, if the file calls them by other names than usual. */
export function ColumnsField({ head, chosen, isOpen, onChange }: ColumnsFieldProps) {
  const [open, setOpen] = useState(isOpen);
  return (
    <details class="box" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Which column has what</summary>
      <div class="fields">
        {FIELDS.map(([name, label]) => (
          <label key={name}>
            {label}
            <select
              name={`column_${name}`}
              value={chosen[name] ?? ''}
              onChange={(event) => onChange({ ...chosen, [name]: event.currentTarget.value || undefined })}
            >
              <option value="">By its usual name</option>
              {[...new Set(head)].filter(Boolean).map((column) => (
                <option key={column} value={column}>
                  {column}
                </option>
              ))}
            </select>
          </label>
        ))}
      </div>
    </details>
  );
}
