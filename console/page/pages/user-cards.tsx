import type { HistoryEverywhere, UserEverywhere } from '../../../lambdas/openapi/user.ts';
import { href } from '../route.ts';
import { StateBadge } from '../ui/badge.tsx';
import { countOf } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { Why } from '../ui/why.tsx';
import { By } from './jobs.tsx';

export type OnNumber = UserEverywhere['data'][number];
type Event = HistoryEverywhere['data'][number];

interface CardsProps {
  readonly rows: readonly OnNumber[];
  readonly events: readonly Event[];
  readonly isBusy: boolean;
  readonly onUnblock: (row: OnNumber) => void;
  readonly onBlock: (row: OnNumber) => void;
}

/** Cards shown at once of numbers that know nothing of the user. */
const MOST_UNKNOWN = 3;

/** What each number knows of the user. */
export function Cards({ rows, ...props }: CardsProps) {
  const known = rows.filter(({ state }) => state !== 'unknown');
  const unknown = rows.filter(({ state }) => state === 'unknown');
  const isLong = unknown.length > MOST_UNKNOWN;
  const cards = (some: readonly OnNumber[]) => (
    <ul class="cards">
      {some.map((row) => (
        <Card key={row.phone_number_id} row={row} {...props} />
      ))}
    </ul>
  );
  return (
    <section aria-label="On each number">
      {cards(isLong ? known : [...known, ...unknown])}
      {isLong && (
        <details>
          <summary>Never blocked on {countOf(unknown.length, 'other number')}</summary>
          {cards(unknown)}
        </details>
      )}
    </section>
  );
}

function Card({ row, events, isBusy, onUnblock, onBlock }: Omit<CardsProps, 'rows'> & { readonly row: OnNumber }) {
  const { phone_number_id: number, state, blocked_by: by, blocked_at: at, expires_at: end, deferred_at: since } = row;
  const isSet = state === 'blocked' || state === 'deferred';
  const event = events.find((one) => {
    return one.phone_number_id === number && one.action === 'block' && one.outcome !== 'failed' && one.actor === by;
  });
  return (
    <li class={`card ${state}`}>
      <h2>
        <a href={href(['list', number])} class="id">
          {number}
        </a>
      </h2>
      <p>
        <StateBadge state={state} />
      </p>
      {isSet && (
        <>
          <p class="why">
            <Why of={row} />
          </p>
          <p>
            {by !== undefined && <By actor={by} person={event?.on_behalf_of} />}
            {(at ?? since) !== undefined && (
              <>
                {', '}
                <Time at={at ?? since ?? ''} />
              </>
            )}
          </p>
          {end !== undefined && (
            <p>
              Ends <Time at={end} />
            </p>
          )}
        </>
      )}
      {row.changed_to !== undefined && (
        <p>
          Has another id now: <a href={href(['user', row.changed_to])}>{row.changed_to}</a>
        </p>
      )}
      {!isBusy && (
        <p class="actions">
          {isSet ? (
            <button type="button" onClick={() => onUnblock(row)} aria-label={`Unblock on ${number}`}>
              Unblock
            </button>
          ) : (
            <button type="button" onClick={() => onBlock(row)} aria-label={`Block on ${number}`}>
              Block…
            </button>
          )}
        </p>
      )}
    </li>
  );
}
