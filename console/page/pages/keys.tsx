import { useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import { API_KEY_LIMITS } from '../../../lambdas/contract/api-keys.ts';
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
import { KeyForm } from './key-form.tsx';

const STATUSES: Readonly<Record<Key['status'], readonly [text: string, tone: string]>> = {
  active: ['Active', 'good'],
  expired: ['Expired', 'plain'],
  revoked: ['Revoked', 'plain'],
};

/** Days for which the old secret of a key still works. */
const OVERLAP_DAYS = API_KEY_LIMITS.defaultOverlapSeconds / 86_400;

export function KeysPage() {
  const mayChange = useMayChange();
  const [made, setMade] = useState<KeyWithSecret>();
  const [isAsked, setAsked] = useState(false);
  const paged = usePaged('keys', (after, signal) =>
    callService<Keys>({ path: paths.keys, query: { limit: 100, after }, signal }),
  );
  const onMade = (key: KeyWithSecret) => {
    setMade(key);
    setAsked(false);
    paged.reload();
  };
  return (
    <>
      <h1>Keys</h1>
      <p>For callers that cannot sign with AWS credentials. A key is shown once, when it is made.</p>
      {made !== undefined && <MadeKey of={made} onSaved={() => setMade(undefined)} />}
      {mayChange && paged.failure === undefined && !isAsked && (
        <p>
          <button type="button" class="primary" onClick={() => setAsked(true)}>
            Make a key…
          </button>
        </p>
      )}
      {isAsked && <KeyForm onMade={onMade} onCancel={() => setAsked(false)} />}
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
            question={`Give it a new secret? The old one works for ${OVERLAP_DAYS} more days.`}
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
