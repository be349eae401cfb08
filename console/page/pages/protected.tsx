import { useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import type { ProtectedUser, ProtectedUsers } from '../../../lambdas/openapi/protection.ts';
import type { Reasons } from '../changes/plan-undo.ts';
import { protect, unprotect } from '../changes/protect.tsx';
import { href } from '../route.ts';
import { callService } from '../service/call.ts';
import { useMayChange } from '../service/facts.ts';
import { type ReasonRules, useReasonRules } from '../service/reasons.ts';
import { usePaged } from '../service/use-load.ts';
import { ChangeForm } from '../ui/change-form.tsx';
import { type Column, PagedTable } from '../ui/data-table.tsx';
import { NO_REASON, ReasonFields, reasonOf } from '../ui/reason-fields.tsx';
import { Empty } from '../ui/states.tsx';
import { UserId } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { Why } from '../ui/why.tsx';
import { By } from './jobs.tsx';

export function ProtectedPage() {
  const mayChange = useMayChange();
  const rules = useReasonRules();
  const [ending, setEnding] = useState<ProtectedUser>();
  const paged = usePaged('protected', (after, signal) =>
    callService<ProtectedUsers>({ path: paths.protectedUsers, query: { limit: 100, after }, signal }),
  );
  const end = (user: ProtectedUser, why: Reasons) =>
    unprotect({ id: idOf(user), why, rules, onDone: paged.reload }, user);
  return (
    <>
      <h1>Protected users</h1>
      <p>Nobody can block them, on any number: your own test phones, partners, the board.</p>
      {mayChange && <ProtectForm rules={rules} onChanged={paged.reload} />}
      {ending !== undefined && (
        <ChangeForm
          key={idOf(ending)}
          title={`End the protection of ${idOf(ending)}`}
          action="unblock"
          submit={() => 'End protection'}
          onSubmit={async (why) => {
            if (await end(ending, why)) setEnding(undefined);
          }}
          onCancel={() => setEnding(undefined)}
        />
      )}
      <PagedTable
        of={paged}
        what="protected users"
        caption="Protected users"
        columns={
          mayChange
            ? [...COLUMNS, endColumn((user) => (rules.required === 'none' ? void end(user, {}) : setEnding(user)))]
            : COLUMNS
        }
        keyOf={({ wa_id, user_id }, index) => wa_id ?? user_id ?? String(index)}
        empty={
          <Empty title="Nobody is protected">
            <p>Protect a user here, or on their own page.</p>
          </Empty>
        }
      />
    </>
  );
}

function idOf({ wa_id: waId, user_id: userId }: ProtectedUser): string {
  return waId ?? userId ?? '';
}

const COLUMNS: readonly Column<ProtectedUser>[] = [
  {
    head: 'User',
    cell: (user) => (
      <a href={href(['user', idOf(user)])}>
        <UserId of={idOf(user)} />
      </a>
    ),
  },
  { head: 'Why', cell: (user) => <Why of={user} /> },
  { head: 'Since', cell: ({ protected_at: at }) => <Time at={at} /> },
  { head: 'By', cell: ({ protected_by: by, on_behalf_of: person }) => <By actor={by} person={person} /> },
];

function endColumn(onEnd: (user: ProtectedUser) => void): Column<ProtectedUser> {
  return {
    head: 'Change',
    cell: (user) => (
      <button type="button" aria-label={`End the protection of ${idOf(user)}`} onClick={() => onEnd(user)}>
        End
      </button>
    ),
  };
}

function ProtectForm({ rules, onChanged }: { readonly rules: ReasonRules; readonly onChanged: () => void }) {
  const [user, setUser] = useState('');
  const [why, setWhy] = useState(NO_REASON);
  const [isBusy, setBusy] = useState(false);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const isDone = await protect({ id: user.trim(), why: reasonOf(why), rules, onDone: onChanged });
    setBusy(false);
    if (!isDone) return;
    setUser('');
    setWhy(NO_REASON);
  };
  return (
    <form class="filters" onSubmit={onSubmit} aria-label="Protect a user">
      <label>
        User
        <input
          name="user"
          required
          autocomplete="off"
          placeholder="+1 650 555 1234"
          value={user}
          onInput={(event) => setUser(event.currentTarget.value)}
        />
      </label>
      <ReasonFields value={why} onChange={(part) => setWhy((before) => ({ ...before, ...part }))} />
      <button type="submit" class="primary" disabled={isBusy}>
        Protect
      </button>
    </form>
  );
}
