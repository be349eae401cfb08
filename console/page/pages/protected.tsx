import { useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import type { ProtectedUser, ProtectedUsers } from '../../../lambdas/openapi/protection.ts';
import { href } from '../route.ts';
import { callService } from '../service/call.ts';
import { useMayChange } from '../service/facts.ts';
import { usePaged } from '../service/use-load.ts';
import { type Column, PagedTable } from '../ui/data-table.tsx';
import { Empty } from '../ui/states.tsx';
import { UserId } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { Why } from '../ui/why.tsx';
import { By } from './jobs.tsx';
import { protect, unprotect } from './user.tsx';

export function ProtectedPage() {
  const mayChange = useMayChange();
  const paged = usePaged('protected', (after, signal) =>
    callService<ProtectedUsers>({ path: paths.protectedUsers, query: { limit: 100, after }, signal }),
  );
  return (
    <>
      <h1>Protected users</h1>
      <p>Nobody can block them, on any number: your own test phones, partners, the board.</p>
      {mayChange && <ProtectForm onChanged={paged.reload} />}
      <PagedTable
        of={paged}
        what="protected users"
        caption="Protected users"
        columns={mayChange ? [...COLUMNS, endColumn(paged.reload)] : COLUMNS}
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

function endColumn(onChanged: () => void): Column<ProtectedUser> {
  return {
    head: 'Change',
    cell: (user) => (
      <button
        type="button"
        aria-label={`End the protection of ${idOf(user)}`}
        onClick={() => void unprotect(idOf(user), user, onChanged)}
      >
        End
      </button>
    ),
  };
}

function ProtectForm({ onChanged }: { readonly onChanged: () => void }) {
  const [user, setUser] = useState('');
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const isDone = await protect(user.trim(), { reason: reason.trim() || undefined }, onChanged);
    setBusy(false);
    if (!isDone) return;
    setUser('');
    setReason('');
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
      <label class="wide">
        Why
        <input
          name="reason"
          maxLength={256}
          autocomplete="off"
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={isBusy}>
        Protect
      </button>
    </form>
  );
}
