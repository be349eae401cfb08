import { useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import { CliError } from '../../../cli/cli-error.ts';
import { type Grouped, groupRows } from '../../../cli/import/groups.ts';
import { type Row, readRows, type Table } from '../../../cli/import/read-rows.ts';
import type { DryRun } from '../../../lambdas/openapi/dry-run.ts';
import type { CreatedJobs } from '../../../lambdas/openapi/job.ts';
import { goTo, href } from '../route.ts';
import { callService } from '../service/call.ts';
import { useMayChange } from '../service/facts.ts';
import type { Failure } from '../service/failure.ts';
import { useNumbers } from '../service/use-numbers.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Fact } from '../ui/fact.tsx';
import { tell } from '../ui/messages.tsx';
import { NumbersField } from '../ui/numbers-field.tsx';
import { FailureBox, WhenLoaded } from '../ui/states.tsx';
import { NO_TERMS, TermsFields, termsOf } from '../ui/terms-fields.tsx';
import { count, countOf, Long, Said } from '../ui/text.tsx';

/** Rows and lines that are shown before anything is sent. */
const PREVIEW = 8;
const MOST_PROBLEMS = 20;
/** Requests that an import may need: the rows are grouped by reason and end. */
const MOST_GROUPS = 50;

interface File {
  readonly name: string;
  readonly table: Table;
}

export function ImportPage() {
  const numbers = useNumbers();
  const mayChange = useMayChange();
  const [file, setFile] = useState<File>();
  const [problem, setProblem] = useState<string>();
  const onFile = async (chosen: globalThis.File | undefined) => {
    if (chosen === undefined) return;
    try {
      setFile({ name: chosen.name, table: readRows(await chosen.text(), {}, Date.now()) });
      setProblem(undefined);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      setFile(undefined);
      setProblem(error.message);
    }
  };
  return (
    <>
      <h1>Import</h1>
      <p>
        A CSV with a column of users (<code>phone</code>, <code>wa_id</code>, <code>user</code>…) and, if you like,{' '}
        <code>reason</code>, <code>reason_code</code> and <code>expires_at</code>; or a list of users, one on each line.
        What the list of a number exports can be imported.
      </p>
      <div class="box form">
        <label>
          File
          <input
            type="file"
            name="file"
            accept=".csv,.txt,text/csv,text/plain"
            onChange={(event) => onFile(event.currentTarget.files?.[0])}
          />
        </label>
        {problem !== undefined && (
          <p class="warning" role="alert">
            <Said>{problem}</Said>
          </p>
        )}
      </div>
      {file !== undefined && (
        <WhenLoaded of={numbers} what="numbers">
          {({ data }) => (
            <Review
              key={file.name}
              file={file}
              numbers={data.map(({ phone_number_id }) => phone_number_id)}
              isOff={!mayChange}
            />
          )}
        </WhenLoaded>
      )}
    </>
  );
}

interface ReviewProps {
  readonly file: File;
  readonly numbers: readonly string[];
  readonly isOff: boolean;
}

function Review({ file: { name, table }, numbers, isOff }: ReviewProps) {
  const [action, setAction] = useState<'block' | 'unblock'>('block');
  const [terms, setTerms] = useState(NO_TERMS);
  const [chosen, setChosen] = useState(numbers.length === 1 ? numbers : []);
  const [busy, setBusy] = useState<'dry run' | 'import'>();
  const [found, setFound] = useState<DryRun['dry_run'][]>();
  const [failure, setFailure] = useState<Failure>();
  const malformed = table.rows.filter((row) => row.problem !== undefined);
  const sent = termsOf(terms, action);
  const grouped = groupRows(table.rows, {
    reason: sent.reason,
    reasonCode: sent.reason_code,
    expiresAt: sent.expires_at,
    expiresIn: sent.expires_in,
  });
  const users = grouped.groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const isTooMany = grouped.groups.length > MOST_GROUPS;
  const isReady = users > 0 && chosen.length > 0 && !isTooMany && busy === undefined;
  const bodies = () => bodiesOf(grouped, { action, numbers: chosen, defer: action === 'block' && terms.defer });
  const dryRun = async () => {
    setBusy('dry run');
    setFailure(undefined);
    const all: DryRun['dry_run'][] = [];
    for (const body of bodies()) {
      const result = await callService<DryRun>({ method: 'POST', path: paths.jobs, body: { ...body, dry_run: true } });
      if (!result.ok) {
        setFailure(result.failure);
        break;
      }
      all.push(result.body.dry_run);
    }
    setFound(all);
    setBusy(undefined);
  };
  const start = async () => {
    setBusy('import');
    setFailure(undefined);
    const key = crypto.randomUUID();
    const jobs: string[] = [];
    for (const [index, body] of bodies().entries()) {
      const call = { method: 'POST', path: paths.jobs, body, idempotencyKey: `${key}-${index}` } as const;
      const result = await callService<CreatedJobs>(call);
      if (!result.ok) {
        setFailure(result.failure);
        setBusy(undefined);
        if (jobs.length > 0) tell({ kind: 'partly', text: `${countOf(jobs.length, 'job')} started before it failed` });
        return;
      }
      jobs.push(...result.body.data.map(({ id }) => id));
    }
    tell({ kind: 'done', text: `${countOf(jobs.length, 'job')} started for ${countOf(users, 'user')}` });
    const [job] = jobs;
    goTo(jobs.length === 1 && job !== undefined ? href(['jobs', job]) : href(['jobs']));
  };
  const setAnd =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      setFound(undefined);
    };
  return (
    <>
      <h2>
        <Said>{name}</Said>
      </h2>
      <dl class="facts">
        <Fact name="Rows" value={table.rows.length} />
        <Fact name="Users to send" value={users} />
        <Fact name="Duplicates" value={grouped.duplicates.length} />
        <Fact name="Cannot be sent" value={malformed.length} />
      </dl>
      {malformed.length > 0 && <Problems rows={malformed} />}
      <h3>The first rows</h3>
      <DataTable
        caption="The first rows"
        columns={PREVIEW_COLUMNS}
        rows={table.rows.slice(0, PREVIEW)}
        keyOf={({ line }) => String(line)}
      />
      {isTooMany && (
        <p class="warning">
          The rows have {grouped.groups.length} different reasons and ends; each is a job of its own, and the limit is{' '}
          {MOST_GROUPS}. Import the file in parts.
        </p>
      )}
      <form class="box form" onSubmit={(event) => event.preventDefault()}>
        <fieldset>
          <legend>What</legend>
          <div class="checks">
            {(['block', 'unblock'] as const).map((one) => (
              <label class="check" key={one}>
                <input type="radio" name="action" checked={action === one} onChange={() => setAnd(setAction)(one)} />
                <span>{one === 'block' ? 'Block' : 'Unblock'}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <p class="muted">What a row says of its reason and end wins over these:</p>
        <TermsFields action={action} value={terms} onChange={setAnd(setTerms)} />
        <NumbersField numbers={numbers} chosen={chosen} onChange={setAnd(setChosen)} />
        <p class="actions">
          <button type="button" disabled={!isReady} onClick={dryRun}>
            {busy === 'dry run' ? 'Asking…' : 'Dry run'}
          </button>
          <button type="button" class="primary" disabled={!isReady || isOff} onClick={start}>
            {busy === 'import' ? 'Sending…' : `${action === 'block' ? 'Block' : 'Unblock'} ${countOf(users, 'user')}`}
          </button>
        </p>
      </form>
      {failure !== undefined && <FailureBox failure={failure} />}
      {found !== undefined && failure === undefined && <WouldBe of={found} action={action} />}
    </>
  );
}

const PREVIEW_COLUMNS: readonly Column<Row>[] = [
  { head: 'Line', isNumber: true, cell: ({ line }) => line },
  { head: 'User', cell: ({ user }) => <Long text={user} /> },
  {
    head: 'Is sent as',
    cell: ({ id, problem }) => (id === undefined ? <Said>{problem ?? ''}</Said> : <Said>{id}</Said>),
  },
  { head: 'Reason code', cell: ({ reasonCode }) => <Said>{reasonCode ?? ''}</Said> },
  { head: 'Reason', cell: ({ reason }) => <Long text={reason ?? ''} /> },
  { head: 'Ends', cell: ({ expiresAt }) => expiresAt ?? '' },
];

function Problems({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <details open>
      <summary>{countOf(rows.length, 'row')} cannot be sent, and why</summary>
      <ul>
        {rows.slice(0, MOST_PROBLEMS).map(({ line, user, problem }) => (
          <li key={line}>
            Line {line}, <Said>{user}</Said>: <Said>{problem ?? ''}</Said>
          </li>
        ))}
        {rows.length > MOST_PROBLEMS && <li>… and {count(rows.length - MOST_PROBLEMS)} more</li>}
      </ul>
    </details>
  );
}

interface Sending {
  readonly action: 'block' | 'unblock';
  readonly numbers: readonly string[];
  readonly defer: boolean;
}

/** The requests of an import, one for each reason and end. */
function bodiesOf({ groups }: Grouped, { action, numbers, defer }: Sending) {
  return groups.map(({ terms, rows }) => ({
    action,
    phone_number_ids: numbers,
    block_users: rows.map(({ user }) => ({ user })),
    reason: terms.reason,
    reason_code: terms.reasonCode,
    ...(action === 'block' && { expires_at: terms.expiresAt, expires_in: terms.expiresIn, defer: defer || undefined }),
  }));
}

type Would = DryRun['dry_run']['results'][number];

const WOULD_COLUMNS: readonly Column<Would>[] = [
  { head: 'User', cell: ({ input }) => <Long text={input} /> },
  { head: 'Number', cell: ({ phone_number_id: number }) => number ?? '' },
  { head: 'Would', cell: ({ would }) => would },
  { head: 'Is now', cell: ({ state }) => state ?? '' },
  { head: 'Why', cell: ({ message }) => <Long text={message ?? ''} /> },
];

/** What the import would do; nothing was sent to Meta or written. */
function WouldBe({ of, action }: { readonly of: readonly DryRun['dry_run'][]; readonly action: 'block' | 'unblock' }) {
  const sum = (name: keyof DryRun['dry_run']['users']) => of.reduce((all, { users }) => all + users[name], 0);
  const results = of.flatMap((one) => one.results);
  return (
    <section aria-labelledby="would" class="box" role="status">
      <h2 id="would">Dry run: nothing was changed</h2>
      <dl class="facts">
        <Fact name={action === 'block' ? 'Would be blocked' : 'Would be unblocked'} value={sum('new')} />
        <Fact name="Are so already" value={sum('already')} />
        <Fact name="Protected" value={sum('protected')} />
        <Fact name="No room" value={sum('no_room')} />
        <Fact name="Malformed" value={sum('malformed')} />
      </dl>
      {results.length > 0 && (
        <DataTable
          caption="Users who would not simply be changed"
          columns={WOULD_COLUMNS}
          rows={results.slice(0, 100)}
          keyOf={({ input, phone_number_id }, index) => `${index} ${input} ${phone_number_id}`}
        />
      )}
    </section>
  );
}
