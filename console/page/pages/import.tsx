import { useState } from 'preact/hooks';
import { CliError } from '../../../cli/cli-error.ts';
import { readHead } from '../../../cli/import/read-rows.ts';
import { canGoOn, digestOf, type ImportState, readImportState, writeImportState } from '../changes/import-state.ts';
import { type SentImport, sendImport, useRunningImport } from '../changes/send-import.ts';
import { goTo, href } from '../route.ts';
import { useMayChange } from '../service/facts.ts';
import type { Failure } from '../service/failure.ts';
import { useNumbers } from '../service/use-numbers.ts';
import { tell } from '../ui/messages.tsx';
import { FailureBox, WhenLoaded } from '../ui/states.tsx';
import { countOf, Said } from '../ui/text.tsx';
import { GoOn, Sending, Unfinished } from './import-progress.tsx';
import { type ChosenFile, Review, type Sendable } from './import-review.tsx';

/** A file of users: what it has, what would happen, and then its jobs. What stopped goes on with the same file. */
export function ImportPage() {
  const numbers = useNumbers();
  const mayChange = useMayChange();
  const running = useRunningImport();
  const [file, setFile] = useState<ChosenFile>();
  const [problem, setProblem] = useState<string>();
  const [unfinished, setUnfinished] = useState(readImportState);
  const [failure, setFailure] = useState<Failure>();
  const onFile = async (chosen: globalThis.File | undefined) => {
    if (chosen === undefined) return;
    setFailure(undefined);
    try {
      const text = await chosen.text();
      const head = readHead(text);
      setFile({ name: chosen.name, text, head, digest: await digestOf(text), readMs: Date.now() });
      setProblem(undefined);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      setFile(undefined);
      setProblem(error.message);
    }
  };
  const forget = () => {
    writeImportState(undefined);
    setUnfinished(undefined);
  };
  const send = async ({ state, grouped, users, isAnew }: Sendable) => {
    setFailure(undefined);
    const end = await sendImport(state, grouped.groups, isAnew);
    setUnfinished(readImportState());
    if (end.kind === 'stopped') setFailure(end.failure);
    sayHow(end, { state, users });
    return end.kind;
  };
  const mayGoOn = unfinished !== undefined && canGoOn(unfinished, Date.now()) && file?.digest === unfinished.digest;
  return (
    <>
      <h1>Import</h1>
      {running !== undefined && <Sending of={running} />}
      {running === undefined && unfinished !== undefined && !mayGoOn && (
        <Unfinished of={unfinished} onForget={forget} />
      )}
      <p hidden={running !== undefined}>
        A CSV with a column of users (<code>phone</code>, <code>wa_id</code>, <code>user</code>…) and, if you like,{' '}
        <code>reason</code>, <code>reason_code</code> and <code>expires_at</code>; or a list of users, one on each line.
        What the list of a number exports can be imported.
      </p>
      <div class="box form" hidden={running !== undefined}>
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
      {failure !== undefined && running === undefined && <FailureBox failure={failure} />}
      {running === undefined && file !== undefined && mayGoOn && (
        <GoOn file={file} of={unfinished} isOff={!mayChange} onGoOn={send} onForget={forget} />
      )}
      {file !== undefined && !mayGoOn && (
        <WhenLoaded of={numbers} what="numbers">
          {({ data }) => (
            <div hidden={running !== undefined}>
              <Review
                key={file.digest}
                file={file}
                numbers={data.map(({ phone_number_id }) => phone_number_id)}
                isOff={!mayChange}
                onSend={send}
              />
            </div>
          )}
        </WhenLoaded>
      )}
    </>
  );
}

interface Told {
  readonly state: ImportState;
  readonly users: number;
}

/** Says on whatever page the person is how the sending ended, and shows the jobs to whoever waits for them. */
function sayHow(end: SentImport, { state: { name, requests }, users }: Told): void {
  const isWatched = location.hash.startsWith(href(['import']));
  if (end.kind === 'stopped') {
    const text = (
      <p>
        The import of <Said>{name}</Said> stopped after {end.sent} of {countOf(requests, 'request')}.
      </p>
    );
    tell({ kind: 'partly', text, ...(!isWatched && { link: { to: href(['import']), text: 'Go on with it' } }) });
    return;
  }
  const { jobs, last } = end;
  const [job] = last;
  const to = jobs === 1 && job !== undefined ? href(['jobs', job]) : href(['jobs']);
  const link = { to, text: 'Watch the progress' };
  if (end.kind === 'before') {
    const text = 'The same was imported before, less than a day ago. Nothing was sent again.';
    tell({ kind: 'partly', text, link: { ...link, text: 'What became of it' } });
    return;
  }
  const text = `${countOf(jobs, 'job')} started for ${countOf(users, 'user')}`;
  tell({ kind: 'done', text, ...(!isWatched && { link }) });
  if (isWatched) goTo(to);
}
