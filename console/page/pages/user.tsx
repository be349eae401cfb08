import { useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import type { Protected } from '../../../lambdas/openapi/protection.ts';
import type { HistoryEverywhere, UserEverywhere } from '../../../lambdas/openapi/user.ts';
import type { NumberChange, Terms } from '../changes/plan-undo.ts';
import { protect, unprotect } from '../changes/protect.tsx';
import { changeAndTell } from '../changes/report.tsx';
import { href, type Place } from '../route.ts';
import { callService } from '../service/call.ts';
import { useMayChange } from '../service/facts.ts';
import { useReasonRules } from '../service/reasons.ts';
import { type Paged, useLoad, usePaged } from '../service/use-load.ts';
import { ChangeForm } from '../ui/change-form.tsx';
import { Empty, FailureBox, Loading } from '../ui/states.tsx';
import { countOf, UserId } from '../ui/text.tsx';
import { Timeline } from '../ui/timeline.tsx';
import { Cards, type OnNumber } from './user-cards.tsx';

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

/** What is asked before it is done. An unblock, and the end of a protection, are done at once if they need no reason. */
type Asked =
  | { readonly what: 'block' | 'unblock'; readonly numbers: readonly string[] }
  | { readonly what: 'protect' | 'unprotect' };

function Found({ id, user, history, protection, protectionUnknown, onChanged }: FoundProps) {
  const mayChange = useMayChange();
  const rules = useReasonRules();
  const [asked, setAsked] = useState<Asked>();
  const [isBusy, setBusy] = useState(false);
  const { wa_id: waId, user_id: userId, data } = user;
  const main = waId ?? userId ?? id;
  const set = data.filter(({ state }) => state === 'blocked' || state === 'deferred');
  const open = data.filter((row) => !set.includes(row));
  const needsReason = rules.required !== 'none';
  const run = async (changes: readonly NumberChange[]) => {
    setBusy(true);
    await changeAndTell(changes, { rules, onDone: onChanged });
    setBusy(false);
    setAsked(undefined);
  };
  const unblock = (rows: readonly OnNumber[], terms: Terms) =>
    run(rows.map((row) => ({ action: 'unblock', number: row.phone_number_id, users: [sentAs(row, id)], terms })));
  const onUnblock = (rows: readonly OnNumber[]) => {
    if (needsReason) setAsked({ what: 'unblock', numbers: numbersOf(rows) });
    else void unblock(rows, {});
  };
  const setProtection = async (what: 'protect' | 'unprotect', why: Terms) => {
    const change = { id: main, why, rules, onDone: onChanged };
    if (await (what === 'protect' ? protect(change) : unprotect(change, protection))) setAsked(undefined);
  };
  const onSubmit = (terms: Terms, chosen: readonly string[]) => {
    if (asked?.what === 'block')
      return run(chosen.map((number) => ({ action: 'block', number, users: [main], terms })));
    if (asked?.what === 'unblock')
      return unblock(
        set.filter(({ phone_number_id: number }) => chosen.includes(number)),
        terms,
      );
    return setProtection(asked?.what ?? 'protect', terms);
  };
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
              <button type="button" class="primary" disabled={isBusy} onClick={() => onUnblock(set)}>
                {set.length === 1 ? 'Unblock' : `Unblock on ${set.length} numbers`}
                {needsReason && '…'}
              </button>
            )}
            {open.length > 0 && protection === undefined && (
              <button
                type="button"
                class={set.length > 0 ? '' : 'primary'}
                disabled={isBusy}
                onClick={() => setAsked({ what: 'block', numbers: numbersOf(open) })}
              >
                Block…
              </button>
            )}
            {protection === undefined ? (
              <button type="button" onClick={() => setAsked({ what: 'protect' })}>
                Protect…
              </button>
            ) : (
              <button
                type="button"
                onClick={() => (needsReason ? setAsked({ what: 'unprotect' }) : void setProtection('unprotect', {}))}
              >
                End protection{needsReason && '…'}
              </button>
            )}
          </p>
        )}
      </header>
      {asked !== undefined && (
        <ChangeForm
          key={JSON.stringify(asked)}
          {...FORMS[asked.what]}
          {...('numbers' in asked && {
            numbers: asked.what === 'block' ? numbersOf(data) : asked.numbers,
            chosen: asked.numbers,
          })}
          onSubmit={onSubmit}
          onCancel={() => setAsked(undefined)}
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
          onUnblock={(row) => onUnblock([row])}
          onBlock={(row) => setAsked({ what: 'block', numbers: [row.phone_number_id] })}
        />
      )}
      <Timeline of={history} />
      {mayChange && (
        <p class="muted">
          They ask you to delete what you store about them? <a href={href(['erase', main])}>Erase this person…</a>
        </p>
      )}
    </>
  );
}

const onNumbers = (verb: string) => (count: number) => (count > 1 ? `${verb} on ${countOf(count, 'number')}` : verb);

const FORMS = {
  block: { title: 'Block this user', action: 'block', submit: onNumbers('Block') },
  unblock: { title: 'Unblock this user', action: 'unblock', submit: onNumbers('Unblock') },
  protect: {
    title: 'Protect this user: nobody can block them, on any number',
    action: 'unblock',
    submit: () => 'Protect',
  },
  unprotect: { title: 'End the protection of this user', action: 'unblock', submit: () => 'End protection' },
} as const;

function numbersOf(rows: readonly OnNumber[]): string[] {
  return rows.map(({ phone_number_id: number }) => number);
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
