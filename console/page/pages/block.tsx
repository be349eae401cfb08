import { useState } from 'preact/hooks';
import { groupRows } from '../../../cli/import/groups.ts';
import { readRows } from '../../../cli/import/read-rows.ts';
import { changeAndTell } from '../changes/report.tsx';
import { href, type Place } from '../route.ts';
import { useMayChange } from '../service/facts.ts';
import { useReasonRules } from '../service/reasons.ts';
import { useNumbers } from '../service/use-numbers.ts';
import { NumbersField } from '../ui/numbers-field.tsx';
import { WhenLoaded } from '../ui/states.tsx';
import { NO_TERMS, TermsFields, termsOf } from '../ui/terms-fields.tsx';
import { countOf, Said } from '../ui/text.tsx';

/** Block or unblock users who are typed or pasted. */
export function BlockPage({ place: { query } }: { readonly place: Place }) {
  const numbers = useNumbers();
  const mayChange = useMayChange();
  return (
    <>
      <h1>Block or unblock</h1>
      {!mayChange && <p class="warning">This console only reads: it was started with --read-only.</p>}
      <WhenLoaded of={numbers} what="numbers">
        {({ data }) => (
          <BlockForm
            numbers={data.map(({ phone_number_id }) => phone_number_id)}
            users={query.get('users') ?? ''}
            isOff={!mayChange}
          />
        )}
      </WhenLoaded>
    </>
  );
}

interface BlockFormProps {
  readonly numbers: readonly string[];
  readonly users: string;
  readonly isOff: boolean;
}

function BlockForm({ numbers, users: given, isOff }: BlockFormProps) {
  const [action, setAction] = useState<'block' | 'unblock'>('block');
  const [text, setText] = useState(given);
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(numbers.length === 1 ? numbers : []);
  const [terms, setTerms] = useState(NO_TERMS);
  const [isBusy, setBusy] = useState(false);
  const rules = useReasonRules();
  const { users, problems } = readUsers(text);
  const on = numbers.length > 0 ? chosen : /^\d{1,32}$/.test(typed) ? [typed] : [];
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const sent = termsOf(terms, action);
    await changeAndTell(
      on.map((number) => ({ action, number, users, terms: sent })),
      { rules, onDone: () => {} },
    );
    setBusy(false);
  };
  return (
    <form class="box form" onSubmit={onSubmit}>
      <fieldset>
        <legend>What</legend>
        <div class="checks">
          {(['block', 'unblock'] as const).map((one) => (
            <label class="check" key={one}>
              <input type="radio" name="action" value={one} checked={action === one} onChange={() => setAction(one)} />
              <span>{one === 'block' ? 'Block' : 'Unblock'}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <label>
        Users, one on each line
        <textarea
          name="users"
          rows={5}
          spellcheck={false}
          placeholder="+1 650 555 1234"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {problems.length > 0 && (
        <ul class="warning">
          {problems.map(({ line, user, problem }) => (
            <li key={line}>
              Line {line}, <Said>{user}</Said>: <Said>{problem}</Said>
            </li>
          ))}
        </ul>
      )}
      <TermsFields action={action} value={terms} onChange={setTerms} />
      {numbers.length > 0 ? (
        <NumbersField numbers={numbers} chosen={chosen} onChange={setChosen} />
      ) : (
        <label>
          <span>
            Phone number id <span class="muted">(no number is in use yet)</span>
          </span>
          <input
            name="number"
            inputMode="numeric"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value.trim())}
          />
        </label>
      )}
      <p class="actions">
        <button type="submit" class="primary" disabled={isOff || isBusy || users.length === 0 || on.length === 0}>
          {isBusy
            ? 'One moment…'
            : `${action === 'block' ? 'Block' : 'Unblock'}${users.length === 0 ? '' : ` ${countOf(users.length, 'user')}`}`}
        </button>
        <a href={href(['import'])}>Import a file instead</a>
      </p>
    </form>
  );
}

/** The users of a text, each once, and which lines name none. */
function readUsers(text: string) {
  const lines = text
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.length === 0) return { users: [], problems: [] };
  const quoted = lines.map((line) => `"${line.replaceAll('"', '""')}"`).join('\n');
  const { rows } = readRows(`user\n${quoted}`, { user: 'user' }, Date.now());
  const { groups } = groupRows(rows, {});
  return {
    users: groups.flatMap((group) => group.rows.map(({ user }) => user)),
    problems: rows.flatMap(({ line, user, problem }) =>
      problem === undefined ? [] : [{ line: line - 1, user, problem }],
    ),
  };
}
