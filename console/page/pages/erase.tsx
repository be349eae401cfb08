import { useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import type { Receipt } from '../../../lambdas/openapi/erasure.ts';
import { href, type Place } from '../route.ts';
import { callService } from '../service/call.ts';
import { useMayChange } from '../service/facts.ts';
import type { Failure } from '../service/failure.ts';
import { useNumbers } from '../service/use-numbers.ts';
import { NumbersChoice } from '../ui/numbers-choice.tsx';
import { FailureBox, WhenLoaded } from '../ui/states.tsx';
import { UserId } from '../ui/text.tsx';
import { EraseReceipt } from './erase-receipt.tsx';

/** Erases what is stored about a person who asks for it. Nothing brings it back, so the id has to be typed. */
export function ErasePage({ place: { parts } }: { readonly place: Place }) {
  const [, id = ''] = parts;
  const mayChange = useMayChange();
  const numbers = useNumbers();
  return (
    <>
      <p class="trail">
        <a href={href(['user', id])}>
          <UserId of={id} />
        </a>
      </p>
      <h1>Erase a person</h1>
      {!mayChange && <p class="warning">This console only reads: it was started with --read-only.</p>}
      {mayChange && (
        <WhenLoaded of={numbers} what="numbers">
          {({ data }) => <EraseForm key={id} id={id} numbers={data.map(({ phone_number_id: number }) => number)} />}
        </WhenLoaded>
      )}
    </>
  );
}

function EraseForm({ id, numbers }: { readonly id: string; readonly numbers: readonly string[] }) {
  const [typed, setTyped] = useState('');
  const [unblock, setUnblock] = useState(false);
  const [chosen, setChosen] = useState<readonly string[]>();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [receipt, setReceipt] = useState<Receipt>();
  const isConfirmed = idOf(typed) === idOf(id);
  const erase = async () => {
    setBusy(true);
    setFailure(undefined);
    const result = await callService<Receipt>({
      method: 'POST',
      path: paths.eraseUser(id),
      body: { unblock: unblock || undefined, phone_number_ids: chosen },
    });
    setBusy(false);
    if (result.ok) setReceipt(result.body);
    else setFailure(result.failure);
  };
  if (receipt !== undefined) return <EraseReceipt id={id} of={receipt} />;
  return (
    <>
      <p>
        A person may ask you to delete what you keep about them. This erases their history on every number, the reasons,
        and every other id of them. It cannot be undone. You may do it if you are an operator.
      </p>
      <form
        class="box form"
        onSubmit={(event) => {
          event.preventDefault();
          void erase();
        }}
      >
        <h2>
          Erase <UserId of={id} />
        </h2>
        <fieldset>
          <legend>If they are blocked</legend>
          <div class="checks">
            <label class="check">
              <input type="radio" checked={!unblock} onChange={() => setUnblock(false)} />
              <span>Keep the block: it stays with their id alone</span>
            </label>
            <label class="check">
              <input type="radio" checked={unblock} onChange={() => setUnblock(true)} />
              <span>Unblock them first, so that nothing has to stay</span>
            </label>
          </div>
        </fieldset>
        <NumbersChoice
          legend="On which numbers"
          every="Every number in use"
          numbers={numbers}
          chosen={chosen}
          onChange={setChosen}
        />
        <label>
          <span>
            To confirm, type the id: <UserId of={id} />
          </span>
          <input
            name="confirm"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <p class="actions">
          <button type="submit" class="danger" disabled={!isConfirmed || isBusy || chosen?.length === 0}>
            {isBusy ? 'Erasing…' : 'Erase for good'}
          </button>
          <a href={href(['user', id])}>Back, erase nothing</a>
        </p>
      </form>
      {failure !== undefined && <FailureBox failure={failure} retry={isConfirmed ? () => void erase() : undefined} />}
    </>
  );
}

/** An id however it is spaced: a number by its digits, another one as it is. */
function idOf(text: string): string {
  const trimmed = text.trim();
  const digits = trimmed.replace(/[\s().-]/g, '').replace(/^\+/, '');
  return /^\d+$/.test(digits) ? digits : trimmed;
}
