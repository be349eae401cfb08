import { href } from '../route.ts';
import type { ReasonRules } from '../service/reasons.ts';
import { tell } from '../ui/messages.tsx';
import { countOf, Said, UserId } from '../ui/text.tsx';
import { makeChanges, type Outcome, undoOf } from './make-change.ts';
import type { NumberChange } from './plan-undo.ts';

interface Telling {
  readonly rules: ReasonRules;
  /** Called after the changes, and after the undoing, so that the page shows what is true then. */
  readonly onDone: () => void;
}

/** Makes changes, says what became of them, and offers to undo them. */
export async function changeAndTell(changes: readonly NumberChange[], { rules, onDone }: Telling): Promise<void> {
  const outcomes = await makeChanges(changes);
  const undo = undoOf(outcomes, rules, Date.now());
  const jobs = outcomes.flatMap(({ jobId }) => jobId ?? []);
  const [job] = jobs;
  tell({
    kind: kindOf(outcomes),
    text: <Report outcomes={outcomes} />,
    ...(job !== undefined && {
      link: { to: jobs.length === 1 ? href(['jobs', job]) : href(['jobs']), text: 'Watch the progress' },
    }),
    ...(undo.length > 0 && {
      undo: async () => {
        const undone = await makeChanges(undo);
        tell({ kind: kindOf(undone), text: <Report outcomes={undone} isUndo /> });
        onDone();
      },
    }),
  });
  onDone();
}

function kindOf(outcomes: readonly Outcome[]): 'done' | 'partly' | 'failed' {
  const isWrong = ({ failure, failed }: Outcome) => failure !== undefined || failed.length > 0;
  if (!outcomes.some(isWrong)) return 'done';
  return outcomes.some(({ changed, jobId }) => changed.length > 0 || jobId !== undefined) ? 'partly' : 'failed';
}

const VERBS = { block: 'Blocked', unblock: 'Unblocked' } as const;

function Report({ outcomes, isUndo = false }: { readonly outcomes: readonly Outcome[]; readonly isUndo?: boolean }) {
  const [first] = outcomes;
  if (first === undefined) return null;
  const { action } = first.change;
  const made = outcomes.filter(({ changed }) => changed.length > 0);
  const users = new Set(made.flatMap(({ changed }) => changed));
  const waiting = new Set(outcomes.flatMap(({ deferred }) => deferred));
  const jobs = outcomes.filter(({ jobId }) => jobId !== undefined).length;
  return (
    <>
      {made.length > 0 && (
        <p>
          <strong>
            {isUndo && 'Undone: '}
            {waiting.size === users.size && waiting.size > 0 ? 'Waits to be blocked' : VERBS[action]}{' '}
            <Users of={[...users]} />
          </strong>{' '}
          on {made.length === 1 ? made[0]?.change.number : countOf(made.length, 'number')}
        </p>
      )}
      {waiting.size > 0 && (
        <p>
          <Users of={[...waiting]} /> did not write in the last 24 hours, so WhatsApp does not take the block yet: it
          follows as soon as they write.
        </p>
      )}
      {jobs > 0 && <p>{countOf(jobs, 'job')} started; nothing waits for this page.</p>}
      {outcomes.map(({ change: { number }, failed, failure }) => (
        <Failed key={number} number={number} failed={failed} whole={failure?.message} />
      ))}
      {made.length === 0 && jobs === 0 && <p class="muted">Nothing was changed.</p>}
    </>
  );
}

function Users({ of }: { readonly of: readonly string[] }) {
  const [first] = of;
  if (of.length === 1 && first !== undefined) return <UserId of={first} />;
  return <>{countOf(of.length, 'user')}</>;
}

interface FailedProps {
  readonly number: string;
  readonly failed: Outcome['failed'];
  readonly whole: string | undefined;
}

const MOST_SHOWN = 3;

function Failed({ number, failed, whole }: FailedProps) {
  if (whole !== undefined) {
    return (
      <p>
        On {number}: <Said>{whole}</Said>
      </p>
    );
  }
  return (
    <>
      {failed.slice(0, MOST_SHOWN).map(({ input, why }) => (
        <p key={input}>
          <UserId of={input} /> on {number}: <Said>{why}</Said>
        </p>
      ))}
      {failed.length > MOST_SHOWN && <p>{countOf(failed.length - MOST_SHOWN, 'more failure', 'more failures')}</p>}
    </>
  );
}
