import { useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import type { Key, Keys, KeyWithSecret } from '../../../lambdas/openapi/key.ts';
import { callService } from '../service/call.ts';
import { useMayChange } from '../service/facts.ts';
import { usePaged } from '../service/use-load.ts';
import { ConfirmButton } from '../ui/confirm-button.tsx';
import { type Column, PagedTable } from '../ui/data-table.tsx';
import { tell } from '../ui/messages.tsx';
import { Empty } from '../ui/states.tsx';
import { Actor, Said } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';

type KeyScope = Key['scopes'][number];

/** Scopes, and what a caller with one may do. */
const SCOPES: Readonly<Record<KeyScope, string>> = {
  read: 'look up',
  write: 'also block and unblock',
  operate: 'also manage jobs of others',
  webhook: 'only forward webhooks',
};

const STATUSES: Readonly<Record<Key['status'], readonly [text: string, tone: string]>> = {
  active: ['Active', 'good'],
  expired: ['Expired', 'plain'],
  revoked: ['Revoked', 'plain'],
};

export function KeysPage() {
  const mayChange = useMayChange();
  const [made, setMade] = useState<KeyWithSecret>();
  const paged = usePaged('keys', (after, signal) =>
    callService<Keys>({ path: paths.keys, query: { limit: 100, after }, signal }),
  );
  const onMade = (key: KeyWithSecret) => {
    setMade(key);
    paged.reload();
  };
  return (
    <>
      <h1>Keys</h1>
      <p>For callers that cannot sign with AWS credentials. A key is shown once, when it is made.</p>
      {made !== undefined && <MadeKey of={made} onSaved={() => setMade(undefined)} />}
      {mayChange && paged.failure === undefined && <KeyForm onMade={onMade} />}
      <PagedTable
        of={paged}
        what="keys"
        caption="Keys"
        columns={mayChange ? [...COLUMNS, changeColumn(onMade, paged.reload)] : COLUMNS}
        keyOf={({ id }) => id}
        empty={
          <Empty title="There is no key">
            <p>Callers that sign with AWS credentials need none.</p>
          </Empty>
        }
      />
    </>
  );
}

function MadeKey({ of: { name, key }, onSaved }: { readonly of: KeyWithSecret; readonly onSaved: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(key);
    setCopied(true);
  };
  return (
    <section class="box" aria-labelledby="made" role="status">
      <h2 id="made">The key of {name}: it is shown this once</h2>
      <p>
        <code class="secret">{key}</code>
      </p>
      <p class="actions">
        <button type="button" class="primary" onClick={copy}>
          {isCopied ? 'Copied' : 'Copy'}
        </button>
        <button type="button" onClick={onSaved}>
          I have saved it
        </button>
      </p>
    </section>
  );
}

const COLUMNS: readonly Column<Key>[] = [
  {
    head: 'Name',
    cell: ({ name, id }) => (
      <>
        <Said>{name}</Said> <span class="muted id">{id}</span>
      </>
    ),
  },
  {
    head: 'Status',
    cell: ({ status }) => <span class={`badge ${STATUSES[status][1]}`}>{STATUSES[status][0]}</span>,
  },
  { head: 'May', cell: ({ scopes }) => scopes.join(', ') },
  { head: 'Numbers', cell: ({ phone_number_ids: numbers }) => numbers?.join(', ') ?? 'all' },
  { head: 'Expires', cell: ({ expires_at: at }) => (at === undefined ? '' : <Time at={at} />) },
  { head: 'Last used', cell: ({ last_used_at: at }) => (at === undefined ? 'never' : <Time at={at} />) },
  { head: 'Made by', cell: ({ created_by: by }) => <Actor of={by} /> },
];

function changeColumn(onMade: (key: KeyWithSecret) => void, reload: () => void): Column<Key> {
  const rotate = async ({ id }: Key) => {
    const result = await callService<KeyWithSecret>({ method: 'POST', path: paths.rotateKey(id), body: {} });
    if (result.ok) onMade(result.body);
    else tell({ kind: 'failed', text: result.failure.message });
  };
  const revoke = async ({ id, name }: Key) => {
    const result = await callService<Key>({ method: 'DELETE', path: paths.key(id) });
    tell(
      result.ok ? { kind: 'done', text: `Revoked the key ${name}` } : { kind: 'failed', text: result.failure.message },
    );
    reload();
  };
  return {
    head: 'Change',
    cell: (key) =>
      key.status === 'active' && (
        <span class="actions">
          <ConfirmButton
            question="Give it a new secret? The old one works for a while longer."
            yes="New secret"
            onYes={() => rotate(key)}
          >
            New secret…
          </ConfirmButton>
          <ConfirmButton question={`Revoke ${key.name} for good?`} yes="Revoke" onYes={() => revoke(key)}>
            Revoke…
          </ConfirmButton>
        </span>
      ),
  };
}

function KeyForm({ onMade }: { readonly onMade: (key: KeyWithSecret) => void }) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState('read');
  const [isBusy, setBusy] = useState(false);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const body = { name: name.trim(), scopes: [scope] };
    const result = await callService<KeyWithSecret>({ method: 'POST', path: paths.keys, body });
    setBusy(false);
    if (!result.ok) return tell({ kind: 'failed', text: result.failure.message });
    setName('');
    onMade(result.body);
  };
  return (
    <form class="filters" onSubmit={onSubmit} aria-label="Make a key">
      <label>
        Name of the caller
        <input
          name="name"
          required
          maxLength={64}
          autocomplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label>
        It may
        <select name="scope" value={scope} onChange={(event) => setScope(event.currentTarget.value)}>
          {Object.entries(SCOPES).map(([value, what]) => (
            <option key={value} value={value}>
              {value}: {what}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="primary" disabled={isBusy}>
        Make a key
      </button>
    </form>
  );
}
