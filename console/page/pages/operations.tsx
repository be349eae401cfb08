import { paths } from '../../../cli/api/paths.ts';
import type { Operation, Operations } from '../../../lambdas/openapi/operation.ts';
import { goTo, href, type Place } from '../route.ts';
import { callService } from '../service/call.ts';
import { usePaged } from '../service/use-load.ts';
import { useNumbers } from '../service/use-numbers.ts';
import { type Column, PagedTable } from '../ui/data-table.tsx';
import { NumberSelect } from '../ui/number-select.tsx';
import { Empty } from '../ui/states.tsx';
import { count } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { Why } from '../ui/why.tsx';
import { ACTIONS, By } from './jobs.tsx';
import { NoNumber } from './list.tsx';

const STATUSES: Readonly<Record<Operation['status'], string>> = {
  started: 'Running',
  finished: '',
  failed: 'Failed',
  uncertain: 'Meta may have applied it',
  resolved: 'Found out later',
};

const COLUMNS: readonly Column<Operation>[] = [
  { head: 'When', cell: ({ at }) => <Time at={at} /> },
  {
    head: 'What',
    cell: ({ action, status, code }) => (
      <>
        {ACTIONS[action]}
        {STATUSES[status] !== '' && <div class="warning">{STATUSES[status]}</div>}
        {code !== undefined && <div class="muted">code {code}</div>}
      </>
    ),
  },
  { head: 'Succeeded', isNumber: true, cell: ({ counts }) => count(counts.succeeded) },
  { head: 'Failed', isNumber: true, cell: ({ counts }) => count(counts.failed) },
  { head: 'Waiting', isNumber: true, cell: ({ counts }) => count(counts.deferred) },
  { head: 'Why', cell: (operation) => <Why of={operation} /> },
  { head: 'By', cell: ({ actor, on_behalf_of }) => <By actor={actor} person={on_behalf_of} /> },
  {
    head: 'Through',
    cell: ({ source, job_id: job }) => (job === undefined ? source : <a href={href(['jobs', job])}>a job</a>),
  },
];

/** How far back one looks, in hours. */
const SPANS: readonly (readonly [hours: string, name: string])[] = [
  ['24', 'Last 24 hours'],
  ['168', 'Last 7 days'],
  ['720', 'Last 30 days'],
  ['', 'Ever'],
];

export function OperationsPage({ place: { parts, query } }: { readonly place: Place }) {
  const numbers = useNumbers();
  const [, given = ''] = parts;
  const first = numbers.state === 'ready' ? (numbers.data.data[0]?.phone_number_id ?? '') : '';
  const number = given || first;
  const filters = { hours: query.get('hours') ?? '168', actor: query.get('actor') ?? '' };
  return (
    <>
      <h1>Operations</h1>
      <p class="muted">Each call that changed the list of a number at Meta, or tried to.</p>
      {number === '' ? <NoNumber of={numbers} /> : <OperationsOf number={number} filters={filters} numbers={numbers} />}
    </>
  );
}

interface OperationsOfProps {
  readonly number: string;
  readonly filters: { readonly hours: string; readonly actor: string };
  readonly numbers: ReturnType<typeof useNumbers>;
}

function OperationsOf({ number, filters, numbers }: OperationsOfProps) {
  const { hours, actor } = filters;
  const paged = usePaged(`operations ${number} ${hours} ${actor}`, (after, signal) => {
    const since = hours === '' || hours === 'ever' ? undefined : sinceHours(Number(hours));
    return callService<Operations>({
      path: paths.operations(number),
      query: { since, actor, limit: 50, after },
      signal,
    });
  });
  const set = (part: Record<string, string>) => goTo(href(['operations', number], { ...filters, ...part }));
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filters">
        <NumberSelect of={numbers} value={number} onChange={(to) => goTo(href(['operations', to], filters))} />
        <label>
          When
          <select name="hours" value={hours} onChange={(event) => set({ hours: event.currentTarget.value || 'ever' })}>
            {SPANS.map(([value, name]) => (
              <option key={name} value={value || 'ever'}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          By (whole ARN)
          <input name="actor" value={actor} onChange={(event) => set({ actor: event.currentTarget.value.trim() })} />
        </label>
      </form>
      <PagedTable
        of={paged}
        what="operations"
        caption={`Operations of ${number}, newest first`}
        columns={COLUMNS}
        keyOf={({ operation_id }) => operation_id}
        empty={
          <Empty title="Nothing was done">
            <p>In this time, by this caller, nothing changed the list of this number.</p>
          </Empty>
        }
      />
    </>
  );
}

function sinceHours(hours: number): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString();
}
