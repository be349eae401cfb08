import { useState } from 'preact/hooks';
import type { Receipt } from '../../../lambdas/openapi/erasure.ts';
import { href, useAskBeforeLeaving } from '../route.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Fact } from '../ui/fact.tsx';
import { saveFile } from '../ui/save-file.ts';
import { countOf, Said, UserId } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';

/** An erasure, as it is saved: what was asked for, and what came of it. It does not name the person who was erased. */
export interface Erasure {
  readonly erased_at: string;
  /** For whom it was done. */
  readonly on_behalf_of?: string | undefined;
  readonly asked: { readonly unblock: boolean; readonly phone_number_ids: readonly string[] | 'every number in use' };
  readonly unblocked_on: readonly string[];
  readonly receipt: Receipt;
}

type Standing = Receipt['standing'][number];
type Remains = Receipt['remains'][number];

const STANDING: readonly Column<Standing>[] = [
  { head: 'Number', cell: ({ phone_number_id: number }) => <a href={href(['list', number])}>{number}</a> },
  { head: 'State', cell: ({ state }) => (state === 'blocked' ? 'blocked' : 'waits to be blocked') },
  { head: 'Why it was not ended', cell: ({ code }) => (code === undefined ? '' : `code ${code} of WhatsApp`) },
];

/** Where something may remain, as people say it. */
const PLACES: Readonly<Record<Remains['where'], string>> = {
  jobs: 'Jobs',
  operations: 'Operations',
  published_events: 'Events that other services got',
  logs: 'Logs',
  point_in_time_recovery: 'Backups of the table',
  graph: "WhatsApp's own list",
  mirror: 'Blocks that wait',
  protected_users: 'Protected users',
  other_user: 'Records of somebody else',
  numbers_out_of_use: 'Numbers out of use',
  numbers_not_named: 'Numbers that were not chosen',
};

const REMAINS: readonly Column<Remains>[] = [
  { head: 'Where', cell: ({ where }) => PLACES[where] },
  {
    head: 'Until',
    cell: ({ until }) => (until === undefined ? <span class="muted">no end</span> : <Time at={until} />),
  },
  {
    head: 'Why',
    cell: ({ why, job_ids: jobs = [], phone_number_ids: numbers = [] }) => (
      <>
        <Said>{why}</Said>
        {jobs.map((job) => (
          <div key={job} class="long">
            <a href={href(['jobs', job])}>{job}</a>
          </div>
        ))}
        {numbers.length > 0 && <div class="muted">{numbers.join(', ')}</div>}
      </>
    ),
  },
];

/** What an erasure removed, and what remains where, until when. */
export function EraseReceipt({ id, of }: { readonly id: string; readonly of: Erasure }) {
  const { receipt, unblocked_on: unblockedOn, erased_at: at, on_behalf_of: person } = of;
  const { erased, standing, remains } = receipt;
  const [isSaved, setSaved] = useState(false);
  useAskBeforeLeaving(
    isSaved ? undefined : 'The receipt is not saved yet, and cannot be had again. Leave all the same?',
  );
  const save = () => {
    saveFile(`erased-${new Date().toISOString().slice(0, 10)}.json`, `${JSON.stringify(of, null, 2)}\n`);
    setSaved(true);
  };
  return (
    <section aria-labelledby="receipt">
      <div class="box" role="status">
        <h2 id="receipt">
          Erased: <UserId of={id} />
        </h2>
        <dl class="facts">
          <Fact name="Numbers" value={erased.numbers} />
          <Fact name="Events of histories" value={erased.events} />
          <Fact name="Records" value={erased.items} />
          <Fact name="Other ids" value={erased.aliases} />
        </dl>
        <p>
          <Time at={at} />
          {person !== undefined && (
            <>
              {', for '}
              <Said>{person}</Said>
            </>
          )}
          {'. '}
          {unblockedOn.length > 0 ? `Unblocked on ${unblockedOn.join(', ')}.` : 'They were unblocked on no number.'}
        </p>
        <p class="actions">
          <button type="button" class="primary" onClick={save}>
            Save the receipt
          </button>
          {!isSaved && <span class="warning">Not saved yet: it cannot be had again</span>}
        </p>
      </div>
      {standing.length > 0 && (
        <>
          <h2>{countOf(standing.length, 'block stands', 'blocks stand')}, with the id alone</h2>
          <DataTable
            caption="Blocks that stand"
            columns={STANDING}
            rows={standing}
            keyOf={({ phone_number_id: number }) => number}
          />
        </>
      )}
      <h2>What remains</h2>
      {remains.length === 0 ? (
        <p class="muted">Nothing.</p>
      ) : (
        <DataTable
          caption="What remains where, and until when"
          columns={REMAINS}
          rows={remains}
          keyOf={({ where }, index) => `${index} ${where}`}
        />
      )}
    </section>
  );
}
