import { useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import { USER_FIELDS } from '../../../lambdas/contract/list-fields.ts';
import type { List, ListedUser } from '../../../lambdas/openapi/user.ts';
import { goTo, href, type Place } from '../route.ts';
import { callService } from '../service/call.ts';
import { useReasonRules } from '../service/reasons.ts';
import { usePaged } from '../service/use-load.ts';
import { useNumbers } from '../service/use-numbers.ts';
import { type Column, PagedTable } from '../ui/data-table.tsx';
import { tell } from '../ui/messages.tsx';
import { NumberSelect } from '../ui/number-select.tsx';
import { saveFile } from '../ui/save-file.ts';
import { Empty, FailureBox, Loading } from '../ui/states.tsx';
import { Actor, count, UserId } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { Why } from '../ui/why.tsx';
import { exportCsv } from './export.ts';

const PAGE = 50;

const COLUMNS: readonly Column<ListedUser>[] = [
  {
    head: 'User',
    cell: ({ wa_id: waId, user_id: userId }) => {
      const id = waId ?? userId ?? '';
      return (
        <a href={href(['user', id])}>
          <UserId of={id} />
        </a>
      );
    },
  },
  { head: 'Why', cell: (user) => <Why of={user} /> },
  { head: 'Since', cell: ({ blocked_at: at }) => (at === undefined ? '' : <Time at={at} />) },
  {
    head: 'Until',
    cell: ({ expires_at: at }) => (at === undefined ? <span class="muted">no end</span> : <Time at={at} />),
  },
  { head: 'By', cell: ({ blocked_by: by }) => (by === undefined ? '' : <Actor of={by} />) },
];

/** The parameters of the route that choose among the users, as the address has them. */
const FILTERS = ['reason_code', 'blocked_by', 'blocked_after', 'blocked_before', 'expires_before'] as const;

export function ListPage({ place: { parts, query } }: { readonly place: Place }) {
  const numbers = useNumbers();
  const [, given = ''] = parts;
  const first = numbers.state === 'ready' ? (numbers.data.data[0]?.phone_number_id ?? '') : '';
  const number = given || first;
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? '']));
  return (
    <>
      <h1>Blocked users</h1>
      {number === '' ? <NoNumber of={numbers} /> : <ListOf number={number} filters={filters} numbers={numbers} />}
    </>
  );
}

export function NoNumber({ of }: { readonly of: ReturnType<typeof useNumbers> }) {
  if (of.state === 'loading') return <Loading what="numbers" />;
  if (of.state === 'failed') return <FailureBox failure={of.failure} retry={of.reload} />;
  return (
    <Empty title="No number is in use yet">
      <p>A number is in use from its first block on.</p>
    </Empty>
  );
}

interface ListOfProps {
  readonly number: string;
  readonly filters: Readonly<Record<string, string>>;
  readonly numbers: ReturnType<typeof useNumbers>;
}

function ListOf({ number, filters, numbers }: ListOfProps) {
  const { codes = [] } = useReasonRules();
  const isFiltered = Object.values(filters).some((value) => value !== '');
  const query = { ...filters, fields: USER_FIELDS.join(',') };
  const paged = usePaged(`list ${number} ${JSON.stringify(filters)}`, (after, signal) =>
    callService<List>({ path: paths.users(number), query: { ...query, limit: PAGE, after }, signal }),
  );
  const set = (part: Record<string, string>) => goTo(href(['list', number], { ...filters, ...part }));
  const text = (name: (typeof FILTERS)[number], label: string, type: 'date' | 'text' = 'text') => (
    <label>
      {label}
      <input
        name={name}
        type={type}
        value={filters[name]}
        list={name === 'reason_code' ? 'codes' : undefined}
        onChange={(event) => set({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filters">
        <NumberSelect of={numbers} value={number} onChange={(to) => goTo(href(['list', to], filters))} />
        {text('reason_code', 'Reason code')}
        {text('blocked_by', 'By (whole ARN)')}
        {text('blocked_after', 'Blocked from', 'date')}
        {text('blocked_before', 'Blocked before', 'date')}
        {text('expires_before', 'Ends before', 'date')}
        <datalist id="codes">
          {codes.map((code) => (
            <option key={code} value={code} />
          ))}
        </datalist>
        {isFiltered && (
          <a class="button" href={href(['list', number])}>
            Clear
          </a>
        )}
        <Export number={number} query={query} />
      </form>
      <PagedTable
        of={paged}
        what="users"
        caption={`Users blocked on ${number}`}
        columns={COLUMNS}
        keyOf={({ wa_id, user_id }, index) => wa_id ?? user_id ?? String(index)}
        empty={
          isFiltered ? (
            <Empty title="No blocked user is so">
              <p>
                <a href={href(['list', number])}>Show all blocked users</a>
              </p>
            </Empty>
          ) : (
            <Empty title="Nobody is blocked on this number">
              <p>
                <a href={href(['block'])}>Block somebody</a>
              </p>
            </Empty>
          )
        }
      />
    </>
  );
}

function Export({ number, query }: { readonly number: string; readonly query: Readonly<Record<string, string>> }) {
  const [done, setDone] = useState<number>();
  const onClick = async () => {
    setDone(0);
    const result = await exportCsv({ number, query, fields: USER_FIELDS, onRows: setDone });
    setDone(undefined);
    if (result.ok) saveFile(`blocked-${number}.csv`, result.body);
    else tell({ kind: 'failed', text: `Nothing was exported: ${result.failure.message}` });
  };
  return (
    <button type="button" disabled={done !== undefined} onClick={onClick}>
      {done === undefined ? 'Export CSV' : `Exporting, ${count(done)}…`}
    </button>
  );
}
