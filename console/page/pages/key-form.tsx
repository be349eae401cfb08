import { useEffect, useRef, useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import { API_KEY_LIMITS } from '../../../lambdas/contract/api-keys.ts';
import { LIMITS } from '../../../lambdas/contract/limits.ts';
import type { Key, KeyWithSecret } from '../../../lambdas/openapi/key.ts';
import { callService } from '../service/call.ts';
import { useNumbers } from '../service/use-numbers.ts';
import { tell } from '../ui/messages.tsx';
import { NumbersChoice } from '../ui/numbers-choice.tsx';

type KeyScope = Key['scopes'][number];

/** Scopes, and what a caller with one may do. */
const SCOPES: readonly (readonly [scope: KeyScope, what: string])[] = [
  ['read', 'look up'],
  ['write', 'also block and unblock'],
  ['operate', 'also manage jobs of others, reconcile, protect, erase'],
  ['webhook', 'only forward webhooks'],
];

const DAY = 86_400;
const MOST_DAYS = API_KEY_LIMITS.lifeSeconds / DAY;

interface KeyFormProps {
  readonly onMade: (key: KeyWithSecret) => void;
  readonly onCancel: () => void;
}

/** A new key: whose, what it may do, on which numbers, for how long. */
export function KeyForm({ onMade, onCancel }: KeyFormProps) {
  const known = useNumbers();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly KeyScope[]>(['read']);
  const [numbers, setNumbers] = useState<readonly string[]>();
  const [days, setDays] = useState(String(API_KEY_LIMITS.defaultLifeSeconds / DAY));
  const [isBusy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const isTooMany = (numbers?.length ?? 0) > LIMITS.numbersPerKey;
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const body = { name: name.trim(), scopes, phone_number_ids: numbers, expires_in: Number(days) * DAY };
    const result = await callService<KeyWithSecret>({ method: 'POST', path: paths.keys, body });
    setBusy(false);
    if (result.ok) onMade(result.body);
    else tell({ kind: 'failed', text: result.failure.message });
  };
  return (
    <form
      class="box form"
      aria-label="Make a key"
      onSubmit={onSubmit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      <h2>Make a key</h2>
      <div class="fields">
        <label>
          <span>
            Name of the caller <span class="muted">(the history has it as api-key/name)</span>
          </span>
          <input
            name="name"
            ref={first}
            required
            maxLength={API_KEY_LIMITS.nameCharacters}
            pattern="[A-Za-z0-9_+=,.@\-]+"
            title="English letters, digits and _ + = , . @ - only"
            autocomplete="off"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label>
          Works for so many days
          <input
            name="days"
            type="number"
            required
            min={1}
            max={MOST_DAYS}
            value={days}
            onInput={(event) => setDays(event.currentTarget.value)}
          />
        </label>
      </div>
      <fieldset>
        <legend>It may</legend>
        <div class="checks">
          {SCOPES.map(([scope, what]) => (
            <label class="check" key={scope}>
              <input
                type="checkbox"
                name="scope"
                value={scope}
                checked={scopes.includes(scope)}
                onChange={(event) =>
                  setScopes(event.currentTarget.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
                }
              />
              <span>
                {scope}: {what}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <NumbersChoice
        legend="On which numbers"
        every="Every number, also new ones"
        numbers={known.state === 'ready' ? known.data.data.map(({ phone_number_id: id }) => id) : []}
        chosen={numbers}
        onChange={setNumbers}
      />
      {isTooMany && <p class="warning">A key is for at most {LIMITS.numbersPerKey} numbers, or for every number.</p>}
      <p class="actions">
        <button
          type="submit"
          class="primary"
          disabled={isBusy || scopes.length === 0 || numbers?.length === 0 || isTooMany}
        >
          {isBusy ? 'One moment…' : 'Make the key'}
        </button>
        <button type="button" class="plain" onClick={onCancel}>
          Cancel
        </button>
      </p>
    </form>
  );
}
