import type { HistoryEverywhere } from '../../../lambdas/openapi/user.ts';
import { By } from '../pages/jobs.tsx';
import { href } from '../route.ts';
import type { Paged } from '../service/use-load.ts';
import { FailureBox, Loading } from './states.tsx';
import { Said, UserId } from './text.tsx';
import { Time } from './time.tsx';
import { Why } from './why.tsx';

type Event = HistoryEverywhere['data'][number];

const ACTIONS: Readonly<Record<Event['action'], string>> = {
  block: 'Blocked',
  unblock: 'Unblocked',
  user_changed_number: 'Changed their number',
  user_changed_user_id: 'Got another id',
  protect: 'Protected',
  unprotect: 'Protection ended',
};
const FAILED: Readonly<Partial<Record<Event['action'], string>>> = {
  block: 'Could not be blocked',
  unblock: 'Could not be unblocked',
};
const SOURCES: Readonly<Record<Event['source'], string>> = {
  api: 'through the API',
  job: 'through a job',
  external: 'outside this service',
  expiry: 'the block ended by itself',
  deferred: 'a waiting block was tried again',
  webhook: 'as they wrote',
};

/** Everything that happened to a user on every number, newest first. */
export function Timeline({ of: { rows, isLoading, failure, more, reload } }: { readonly of: Paged<Event> }) {
  return (
    <section aria-labelledby="history">
      <h2 id="history">History</h2>
      {rows.length === 0 && !isLoading && failure === undefined && (
        <p class="muted">Nothing was ever done to this user, as far as it is kept.</p>
      )}
      <ol class="timeline">
        {rows.map((event) => (
          <li key={`${event.operation_id} ${event.phone_number_id} ${event.at} ${event.action}`} class={event.outcome}>
            <OneEvent of={event} />
          </li>
        ))}
      </ol>
      {isLoading && <Loading what="the history" />}
      {failure !== undefined && !isLoading && <FailureBox failure={failure} retry={more ?? reload} />}
      {more !== undefined && !isLoading && failure === undefined && (
        <button type="button" onClick={more}>
          Earlier
        </button>
      )}
    </section>
  );
}

function OneEvent({ of: event }: { readonly of: Event }) {
  const { action, outcome, phone_number_id: number, source, job_id: job, expires_at: end, previous, code } = event;
  const title = outcome === 'failed' ? (FAILED[action] ?? ACTIONS[action]) : ACTIONS[action];
  return (
    <>
      <p class="what">
        <strong>{outcome === 'deferred' ? 'Waits to be blocked' : title}</strong>{' '}
        {number === undefined ? 'on every number' : <span>on {number}</span>}
        {' · '}
        <Time at={event.at} />
      </p>
      <p>
        <By actor={event.actor} person={event.on_behalf_of} />
        {', '}
        {job === undefined ? SOURCES[source] : <a href={href(['jobs', job])}>through a job</a>}
      </p>
      {(event.reason !== undefined || event.reason_code !== undefined) && (
        <p>
          <Why of={event} />
        </p>
      )}
      {end !== undefined && (
        <p class="muted">
          Set to end <Time at={end} />
        </p>
      )}
      {previous !== undefined && (
        <p class="muted">
          Before: <UserId of={previous} />
        </p>
      )}
      {outcome === 'failed' && code !== undefined && (
        <p class="muted">
          <Said>{`Code ${code}${meaningOf(code)}`}</Said>
        </p>
      )}
    </>
  );
}

const MEANINGS: Readonly<Record<number, string>> = {
  131047: ': they did not write in the last 24 hours',
  139101: ': the list is full',
  100: ': the entry was refused',
};

function meaningOf(code: number): string {
  return MEANINGS[code] ?? '';
}
