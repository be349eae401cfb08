import type { Chosen } from '../changes/import-state.ts';

type Columns = Chosen['columns'];

const FIELDS: readonly (readonly [name: keyof Columns, label: string])[] = [
  ['user', 'Users'],
  ['reasonCode', 'Reason codes'],
  ['reason', 'Reasons'],
  ['expiresAt', 'Ends'],
];

interface ColumnsFieldProps {
  readonly head: readonly string[];
  readonly chosen: Columns;
  readonly isOpen: boolean;
  readonly onChange: (chosen: Columns) => void;
}

/** Which column has what, if the file calls them by other names than usual. */
export function ColumnsField({ head, chosen, isOpen, onChange }: ColumnsFieldProps) {
  return (
    <details open={isOpen}>
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
