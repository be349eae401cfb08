import { paths } from '../../../cli/api/paths.ts';
import type { Numbers } from '../../../lambdas/openapi/blocklist.ts';
import type { Jobs } from '../../../lambdas/openapi/job.ts';
import { href } from '../route.ts';
import { callService } from '../service/call.ts';
import { useLoad } from '../service/use-load.ts';
import { useNumbers } from '../service/use-numbers.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Empty, WhenLoaded } from '../ui/states.tsx';
import { count, countOf, Said } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { JOB_COLUMNS } from './jobs.tsx';

type NumberRow = Numbers['data'][number];

/** From this share of its limit on, a list is almost full. */
const ALMOST_FULL = 0.9;
const EVERY = 10_000;

const COLUMNS: readonly Column<NumberRow>[] = [
  {
    head: 'Number',
    cell: ({ phone_number_id: number }) => (
      <a class="id" href={href(['list', number])}>
        {number}
      </a>
    ),
  },
  { head: 'Blocked', cell: (row) => <Fill of={row} /> },
  { head: 'Wait to be blocked', isNumber: true, cell: ({ deferred }) => count(deferred) },
  { head: 'End by themselves', isNumber: true, cell: ({ expiring }) => count(expiring) },
  { head: "Compared with Meta's list", cell: (row) => <Comparison of={row} /> },
];

/** All numbers, and the newest jobs. */
export function NumbersPage() {
  const numbers = useNumbers(EVERY);
  const jobs = useLoad(
    'jobs',
    (signal) => callService<Jobs>({ path: paths.jobs, query: { limit: 5 }, signal }),
    () => EVERY,
  );
  return (
    <>
      <h1>Numbers</h1>
      <WhenLoaded of={numbers} what="numbers">
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="No number is in use yet">
              <p>A number is in use from its first block on. Block somebody, and its list is here.</p>
            </Empty>
          ) : (
            <DataTable
              caption="Numbers, and how full their lists are"
              columns={COLUMNS}
              rows={data}
              keyOf={({ phone_number_id }) => phone_number_id}
            />
          )
        }
      </WhenLoaded>
      <h2>Newest jobs</h2>
      <WhenLoaded of={jobs} what="jobs">
        {({ data }) =>
          data.length === 0 ? (
            <p class="muted">There is no job. More than 1,000 users at a time become one.</p>
          ) : (
            <DataTable caption="Newest jobs" columns={JOB_COLUMNS} rows={data} keyOf={({ id }) => id} />
          )
        }
      </WhenLoaded>
    </>
  );
}

function Fill({ of: { size, limit } }: { readonly of: NumberRow }) {
  const share = size / limit;
  return (
    <span class="fill">
      <span>
        {count(size)} <span class="muted">of {count(limit)}</span>
        {share >= ALMOST_FULL && <span class="badge bad">almost full</span>}
      </span>
      <meter min={0} max={1} high={ALMOST_FULL} value={share} aria-label={`${Math.round(share * 100)} % of the list`} />
    </span>
  );
}

function Comparison({ of: { reconciled_at: at, drift, reconcile_failure: failure } }: { readonly of: NumberRow }) {
  const corrected = (drift?.added ?? 0) + (drift?.removed ?? 0);
  return (
    <>
      {at === null ? <span class="muted">never yet</span> : <Time at={at} />}
      {drift !== null && corrected > 0 && (
        <div class="muted">
          {countOf(corrected, 'difference')}: {count(drift.added)} only at Meta, {count(drift.removed)} only here
        </div>
      )}
      {failure !== undefined && (
        <div class="warning">
          The last one failed: <Said>{failure.message}</Said>
        </div>
      )}
    </>
  );
}
