import { useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import type { Protected, ProtectionAnswer, Unprotected } from '../../../lambdas/openapi/protection.ts';
import type { HistoryEverywhere, UserEverywhere } from '../../../lambdas/openapi/user.ts';
import type { NumberChange, Terms } from '../changes/plan-undo.ts';
import { changeAndTell } from '../changes/report.tsx';
import { href, type Place } from '../route.ts';
import { callService } from '../service/call.ts';
import { useMayChange } from '../service/facts.ts';
import { type Paged, useLoad, usePaged } from '../service/use-load.ts';
import { StateBadge } from '../ui/badge.tsx';
import { ChangeForm } from '../ui/change-form.tsx';
import { tell } from '../ui/messages.tsx';
import { Empty, FailureBox, Loading } from '../ui/states.tsx';
import { countOf, UserId } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { Timeline } from '../ui/timeline.tsx';
import { Why } from '../ui/why.tsx';
import { By } from './jobs.tsx';

type OnNumber = UserEverywhere['data'][number];
type Event = HistoryEverywhere['data'][number];

/** Numbers of one page of a user. */
const PAGE = 1_000;
/** Milliseconds after which a change is in every read. */
const SETTLED = 1_500;

export function UserPage({ place: { parts } }: { readonly place: Place }) {
  const [, id = ''] = parts;
  const user = useLoad(id, (signal) =>
    callService<UserEverywhere>({ path: paths.everywhere(id), query: { limit: PAGE }, signal }),
  );
  const history = usePaged(id, (after, signal) =>
    callService<HistoryEverywhere>({ path: paths.historyEverywhere(id), query: { limit: 50, after }, signal }),
  );
  const protection = useLoad(id, (signal) => callService<Protected>({ path: paths.protectedUser(id), signal }));
  const reload = () => {
    user.reload();
    history.reload();
    protection.reload();
  };
  const onChanged = () => {
    reload();
    // Reads may be a moment behind.
    setTimeout(reload, SETTLED);
  };
  if (user.state === 'loading') {
    return (
      <>
        <h1>
          <UserId of={id} />
        </h1>
        <Loading what="what is known of this user" />
      </>
    );
  }
  if (user.state === 'failed') {
    return (
      <>
        <h1>
          <UserId of={id} />
        </h1>
        <FailureBox failure={user.failure} retry={user.reload} />
      </>
    );
  }
  const isProtected = protection.state === 'ready' ? protection.data : undefined;
  return (
    <Found
      id={id}
      user={user.data}
      history={history}
      protection={isProtected}
      onChanged={onChanged}
      protectionUnknown={protection.state === 'failed' && protection.failure.kind !== 'notFound'}
    />
  );
}

interface FoundProps {
  readonly id: string;
  readonly user: UserEverywhere;
  readonly history: Paged<Event>;
  readonly protection: Protected | undefined;
  readonly protectionUnknown: boolean;
  readonly onChanged: () => void;
}

function Found({ id, user, history, protection, protectionUnknown, onChanged }: FoundProps) {
  const mayChange = useMayChange();
  const [form, setForm] = useState<{ readonly numbers: readonly string[] }>();
  const [isBusy, setBusy] = useState(false);
  const { wa_id: waId, user_id: userId, data } = user;
  const set = data.filter(({ state }) => state === 'blocked' || state === 'deferred');
  const numbers = data.map(({ phone_number_id }) => phone_number_id);
  const open = numbers.filter((number) => !set.some(({ phone_number_id }) => phone_number_id === number));
  const run = async (changes: readonly NumberChange[]) => {
    setBusy(true);
    await changeAndTell(changes, onChanged);
    setBusy(false);
    setForm(undefined);
  };
  const unblock = (rows: readonly OnNumber[]) =>
    run(rows.map((row) => ({ action: 'unblock', number: row.phone_number_id, users: [sentAs(row, id)], terms: {} })));
  const block = (chosen: readonly string[], terms: Terms) =>
    run(chosen.map((number) => ({ action: 'block', number, users: [waId ?? userId ?? id], terms })));
  const main = waId ?? userId ?? id;
  return (
    <>
      <header class="user-head">
        <h1>
          <UserId of={main} />
          {userId !== undefined && userId !== main && (
            <small>
              <UserId of={userId} />
            </small>
          )}
        </h1>
        <p class="verdict">
          <Verdict rows={data} />
          {protection !== undefined && <span class="badge good">Protected: nobody can block them</span>}
        </p>
        {protectionUnknown && <p class="muted">Whether this user is protected cannot be said now.</p>}
        {mayChange && data.length > 0 && (
          <p class="actions">
            {set.length > 0 && (
              <button type="button" class="primary" disabled={isBusy} onClick={() => unblock(set)}>
                {set.length === 1 ? 'Unblock' : `Unblock on ${set.length} numbers`}
              </button>
            )}
            {open.length > 0 && protection === undefined && (
              <button
                type="button"
                class={set.length > 0 ? '' : 'primary'}
                disabled={isBusy}
                onClick={() => setForm({ numbers: open })}
              >
                Block…
              </button>
            )}
            <ProtectButton id={main} protection={protection} onChanged={onChanged} />
          </p>
        )}
      </header>
      {form !== undefined && (
        <ChangeForm
          key={form.numbers.join()}
          title="Block this user"
          numbers={numbers}
          chosen={form.numbers}
          isBusy={isBusy}
          onSubmit={block}
          onCancel={() => setForm(undefined)}
        />
      )}
      {data.length === 0 ? (
        <Empty title="No number is in use yet">
          <p>A number is in use from its first block on.</p>
        </Empty>
      ) : (
        <Cards
          rows={data}
          events={history.rows}
          isBusy={isBusy || !mayChange}
          onUnblock={(row) => unblock([row])}
          onBlock={(row) => setForm({ numbers: [row.phone_number_id] })}
        />
      )}
      <Timeline of={history} />
    </>
  );
}

/** The id under which the number knows the user, which is the one that is blocked. */
function sentAs({ wa_id: waId, user_id: userId }: OnNumber, asked: string): string {
  return waId ?? userId ?? asked;
}

function Verdict({ rows }: { readonly rows: readonly OnNumber[] }) {
  const blocked = rows.filter(({ state }) => state === 'blocked').length;
  const waiting = rows.filter(({ state }) => state === 'deferred').length;
  if (blocked > 0) {
    return (
      <strong class="badge bad big">
        Blocked
        {rows.length > 1 &&
          ` on ${blocked === rows.length ? 'all' : `${blocked} of`} ${countOf(rows.length, 'number')}`}
      </strong>
    );
  }
  if (waiting > 0) return <strong class="badge wait big">Will be blocked when they write</strong>;
  return <strong class="badge good big">Not blocked</strong>;
}

interface CardsProps {
  readonly rows: readonly OnNumber[];
  readonly events: readonly Event[];
  readonly isBusy: boolean;
  readonly onUnblock: (row: OnNumber) => void;
  readonly onBlock: (row: OnNumber) => void;
}

/** Cards shown at once of numbers that know nothing of the user. */
const MOST_UNKNOWN = 3;

function Cards({ rows, ...props }: CardsProps) {
  const known = rows.filter(({ state }) => state !== 'unknown');
  const unknown = rows.filter(({ state }) => state === 'unknown');
  const isLong = unknown.length > MOST_UNKNOWN;
  const cards = (some: readonly OnNumber[]) => (
    <ul class="cards">
      {some.map((row) => (
        <Card key={row.phone_number_id} row={row} {...props} />
      ))}
    </ul>
  );
  return (
    <section aria-label="On each number">
      {cards(isLong ? known : [...known, ...unknown])}
      {isLong && (
        <details>
          <summary>Never blocked on {countOf(unknown.length, 'other number')}</summary>
          {cards(unknown)}
        </details>
      )}
    </section>
  );
}

function Card({ row, events, isBusy, onUnblock, onBlock }: Omit<CardsProps, 'rows'> & { readonly row: OnNumber }) {
  const { phone_number_id: number, state, blocked_by: by, blocked_at: at, expires_at: end, deferred_at: since } = row;
  const isSet = state === 'blocked' || state === 'deferred';
  const event = events.find((one) => {
    return one.phone_number_id === number && one.action === 'block' && one.outcome !== 'failed' && one.actor === by;
  });
  return (
    <li class={`card ${state}`}>
      <h2>
        <a href={href(['list', number])} class="id">
          {number}
        </a>
      </h2>
      <p>
        <StateBadge state={state} />
      </p>
      {isSet && (
        <>
          <p class="why">
            <Why of={row} />
          </p>
          <p>
            {by !== undefined && <By actor={by} person={event?.on_behalf_of} />}
            {(at ?? since) !== undefined && (
              <>
                {', '}
                <Time at={at ?? since ?? ''} />
              </>
            )}
          </p>
          {end !== undefined && (
            <p>
              Ends <Time at={end} />
            </p>
          )}
        </>
      )}
      {row.changed_to !== undefined && (
        <p>
          Has another id now: <a href={href(['user', row.changed_to])}>{row.changed_to}</a>
        </p>
      )}
      {!isBusy && (
        <p class="actions">
          {isSet ? (
            <button type="button" onClick={() => onUnblock(row)} aria-label={`Unblock on ${number}`}>
              Unblock
            </button>
          ) : (
            <button type="button" onClick={() => onBlock(row)} aria-label={`Block on ${number}`}>
              Block…
            </button>
          )}
        </p>
      )}
    </li>
  );
}

interface ProtectButtonProps {
  readonly id: string;
  readonly protection: Protected | undefined;
  readonly onChanged: () => void;
}

function ProtectButton({ id, protection, onChanged }: ProtectButtonProps) {
  return (
    <button
      type="button"
      onClick={() => void (protection ? unprotect(id, protection, onChanged) : protect(id, {}, onChanged))}
    >
      {protection ? 'End protection' : 'Protect'}
    </button>
  );
}

type Reasons = Pick<Protected, 'reason'>;

/** Protects a user, says so, and offers to end it again. */
export async function protect(id: string, body: Reasons, onChanged: () => void): Promise<boolean> {
  const result = await callService<ProtectionAnswer>({ method: 'PUT', path: paths.protectedUser(id), body });
  if (result.ok) {
    const { blocked_on: blockedOn } = result.body;
    tell({
      kind: 'done',
      text: (
        <>
          <p>
            <strong>
              Protected <UserId of={id} />
            </strong>
            : nobody can block them, on any number, within a minute.
          </p>
          {blockedOn.length > 0 && <p>They are blocked on {countOf(blockedOn.length, 'number')} now, and stay so.</p>}
        </>
      ),
      undo: () => unprotect(id, undefined, onChanged),
    });
  } else tell({ kind: 'failed', text: result.failure.message });
  onChanged();
  return result.ok;
}

/** Ends a protection. With what was known of it, that can be undone. */
export async function unprotect(id: string, before: Reasons | undefined, onChanged: () => void): Promise<void> {
  const result = await callService<Unprotected>({ method: 'DELETE', path: paths.protectedUser(id) });
  const { reason } = before ?? {};
  tell(
    result.ok
      ? {
          kind: 'done',
          text: (
            <p>
              <strong>
                No longer protected: <UserId of={id} />
              </strong>
            </p>
          ),
          undo: before && (async () => void (await protect(id, { reason }, onChanged))),
        }
      : { kind: 'failed', text: result.failure.message },
  );
  onChanged();
}
