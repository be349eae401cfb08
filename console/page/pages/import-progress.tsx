import { useMemo } from 'preact/hooks';
import { canGoOn, type ImportState } from '../changes/import-state.ts';
import { readImport } from '../changes/read-import.ts';
import type { Running } from '../changes/send-import.ts';
import { href } from '../route.ts';
import { count, countOf, Said } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import type { ChosenFile, Sendable } from './import-review.tsx';
import { ImportRows } from './import-rows.tsx';

/** How far the sending is. */
export function Sending({ of: { name, sent, requests, stop } }: { readonly of: Running }) {
  return (
    <section class="box" aria-labelledby="sending">
      <h2 id="sending">
        Sending <Said>{name}</Said>
      </h2>
      <div class="progress">
        <progress max={requests} value={sent} aria-label="Requests sent" />
        <p role="status">
          {count(sent)} of {countOf(requests, 'request')} sent. You can leave this page; do not close the tab.
        </p>
      </div>
      <p class="actions">
        <button type="button" onClick={stop}>
          Stop
        </button>
      </p>
    </section>
  );
}

interface UnfinishedProps {
  readonly of: ImportState;
  readonly onForget: () => void;
}

/** Says that an import stopped, and what to do. */
export function Unfinished({ of, onForget }: UnfinishedProps) {
  const { name, startedAt, sent, requests } = of;
  return (
    <section class="box" aria-labelledby="unfinished">
      <h2 id="unfinished">
        The import of <Said>{name}</Said> is not finished
      </h2>
      <p>
        Begun <Time at={startedAt} />: {count(sent)} of {countOf(requests, 'request')} sent.{' '}
        {canGoOn(of, Date.now())
          ? 'Choose the same file again to go on; nothing is sent twice. Another import takes its place.'
          : 'That is more than a day ago, so the service no longer knows what it has taken, and it cannot go on.'}
      </p>
      <p class="actions">
        <button type="button" onClick={onForget}>
          Forget it
        </button>
        {sent > 0 && <a href={href(['jobs'])}>Its jobs</a>}
      </p>
    </section>
  );
}

interface GoOnProps extends UnfinishedProps {
  readonly file: ChosenFile;
  readonly isOff: boolean;
  readonly onGoOn: (what: Sendable) => Promise<unknown>;
}

/** The file of the import that stopped is here again: what is left of it can be sent, as it was chosen then. */
export function GoOn({ file: { name, text }, of, isOff, onGoOn, onForget }: GoOnProps) {
  const { chosen, startedAt, sent, requests } = of;
  const read = useMemo(() => readImport(text, chosen, Date.parse(startedAt)), [text]);
  const { action, numbers, reason, reasonCode } = chosen;
  const why = [reasonCode, reason].filter((part) => part !== undefined).join(', ');
  return (
    <>
      <h2>
        Go on with <Said>{name}</Said>
      </h2>
      <p>
        {action === 'block' ? 'Block' : 'Unblock'} on {numbers.join(', ')}
        {why !== '' && (
          <>
            {' ('}
            <Said>{why}</Said>
            {')'}
          </>
        )}
        . Begun <Time at={startedAt} />: {count(sent)} of {countOf(requests, 'request')} sent. What was sent is not sent
        again.
      </p>
      <ImportRows of={read} />
      <p class="actions">
        <button
          type="button"
          class="primary"
          disabled={isOff}
          onClick={() => onGoOn({ ...read, state: of, isAnew: false })}
        >
          Send what is left
        </button>
        <button type="button" onClick={onForget}>
          Begin anew…
        </button>
      </p>
    </>
  );
}
