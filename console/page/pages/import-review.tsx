import { useMemo, useRef, useState } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import { CliError } from '../../../cli/cli-error.ts';
import { bodyOf } from '../../../cli/import/body.ts';
import { forDryRun, tooManyGroups } from '../../../cli/import/groups.ts';
import type { DryRun } from '../../../lambdas/openapi/dry-run.ts';
import { type Chosen, digestOf, type ImportState } from '../changes/import-state.ts';
import { bodiesOf, type ReadImport, readImport } from '../changes/read-import.ts';
import type { SentImport } from '../changes/send-import.ts';
import { callService } from '../service/call.ts';
import type { Failure } from '../service/failure.ts';
import { useReasonRules } from '../service/reasons.ts';
import { onBehalfOf } from '../service/session.ts';
import { ConfirmButton } from '../ui/confirm-button.tsx';
import { NumbersField } from '../ui/numbers-field.tsx';
import { FailureBox } from '../ui/states.tsx';
import { NO_TERMS, TermsFields, termsOf } from '../ui/terms-fields.tsx';
import { countOf, Said } from '../ui/text.tsx';
import { ColumnsField } from './import-columns.tsx';
import { WouldBe } from './import-dry-run.tsx';
import { ImportRows } from './import-rows.tsx';

const NOTHING_SENT = { sent: 0, jobs: 0, recent: [] };
/** Users that are unblocked without being asked again. */
const UNBLOCKS_WITHOUT_ASKING = 1_000;

export interface ChosenFile {
  readonly name: string;
  readonly text: string;
  /** Its columns. */
  readonly head: readonly string[];
  /** SHA-256 of the text. */
  readonly digest: string;
  /** Milliseconds since the epoch when it was chosen. */
  readonly readMs: number;
}

/** An import that is ready to be sent, or to go on. */
export interface Sendable extends ReadImport {
  readonly state: ImportState;
  /** Whether nothing of it may have been sent by this tab. */
  readonly isAnew: boolean;
}

interface ReviewProps {
  readonly file: ChosenFile;
  readonly numbers: readonly string[];
  readonly isOff: boolean;
  readonly onSend: (what: Sendable) => Promise<SentImport['kind']>;
}

/** What the file has, what is done with it, and what would happen. */
export function Review({ file, numbers, isOff, onSend }: ReviewProps) {
  const { name, text, head, digest, readMs } = file;
  const rules = useReasonRules();
  const [action, setAction] = useState<'block' | 'unblock'>('block');
  const [terms, setTerms] = useState(NO_TERMS);
  const [oneReason, setOneReason] = useState(false);
  const [columns, setColumns] = useState<Chosen['columns']>({});
  const [on, setOn] = useState(numbers.length === 1 ? numbers : []);
  /** The same was imported before, so that nothing was sent. */
  const [wasKnown, setKnown] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [found, setFound] = useState<DryRun['dry_run'][]>();
  const [failure, setFailure] = useState<Failure>();
  const form = useRef<HTMLFormElement>(null);
  const setAnd =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      setFound(undefined);
      setKnown(false);
    };
  const { reason, reason_code, expires_at, expires_in } = termsOf(terms, action);
  const options: Omit<Chosen, 'numbers'> = {
    action,
    reason,
    reasonCode: reason_code,
    expiresAt: expires_at,
    expiresIn: expires_in,
    defer: action === 'block' && terms.defer,
    oneReason,
    columns,
    rules: rules.codes && { reason_codes: [...rules.codes], require_reason: rules.required },
  };
  const read = useMemo(() => tryRead(text, options, readMs), [text, JSON.stringify(options)]);
  const fields = <ColumnsField head={head} chosen={columns} isOpen={'problem' in read} onChange={setAnd(setColumns)} />;
  if ('problem' in read) {
    return (
      <>
        <h2>
          <Said>{name}</Said>
        </h2>
        <p class="warning" role="alert">
          <Said>{read.problem}</Said>
        </p>
        <div class="box form">{fields}</div>
      </>
    );
  }
  const { grouped, users } = read;
  const tooMany = tooManyGroups(grouped);
  const isReady = users > 0 && on.length > 0 && tooMany === undefined && !isAsking;
  const chosen = { ...options, numbers: [...on] };
  const dryRun = async () => {
    if (!form.current?.reportValidity()) return;
    setAsking(true);
    setFailure(undefined);
    const all: DryRun['dry_run'][] = [];
    for (const group of forDryRun(grouped, on.length)) {
      const body = { ...bodyOf(chosen, group), dry_run: true };
      const result = await callService<DryRun>({ method: 'POST', path: paths.jobs, body });
      if (result.ok) all.push(result.body.dry_run);
      else {
        setFailure(result.failure);
        break;
      }
    }
    setFound(all);
    setAsking(false);
  };
  const send = async (isAgain: boolean) => {
    if (!form.current?.reportValidity()) return;
    const person = onBehalfOf();
    // The same to the same service for the same person has the same key: the service takes it once a day.
    const key = isAgain ? crypto.randomUUID() : await digestOf(JSON.stringify([person, bodiesOf(grouped, chosen)]));
    const startedAt = new Date(readMs).toISOString();
    const requests = grouped.groups.length;
    const state = {
      name,
      digest,
      startedAt,
      chosen,
      onBehalfOf: person,
      key: key.slice(0, 36),
      requests,
      ...NOTHING_SENT,
    };
    setKnown((await onSend({ ...read, state, isAnew: true })) === 'before');
  };
  const verb = action === 'block' ? 'Block' : 'Unblock';
  const isLarge = action === 'unblock' && users > UNBLOCKS_WITHOUT_ASKING;
  return (
    <>
      <h2>
        <Said>{name}</Said>
      </h2>
      <ImportRows of={read} />
      {tooMany !== undefined && (
        <p class="warning" role="alert">
          {tooMany}. Use one reason for all rows, or import the file in parts.
        </p>
      )}
      <form class="box form" ref={form} onSubmit={(event) => event.preventDefault()}>
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
        <label class="check">
          <input
            type="checkbox"
            name="one_reason"
            checked={oneReason}
            onChange={(event) => setAnd(setOneReason)(event.currentTarget.checked)}
          />
          <span>
            One reason for all rows <span class="muted">(otherwise, what a row says of its reason wins)</span>
          </span>
        </label>
        {fields}
        <TermsFields action={action} value={terms} onChange={setAnd(setTerms)} isUsual />
        <NumbersField numbers={numbers} chosen={on} onChange={setAnd(setOn)} />
        <p class="actions">
          <button type="button" disabled={!isReady || isOff} onClick={dryRun}>
            {isAsking ? 'Asking…' : 'Dry run'}
          </button>
          {isLarge && isReady && !isOff ? (
            <ConfirmButton
              question={`Unblock ${countOf(users, 'user')}?`}
              yes={`Yes, unblock ${countOf(users, 'user')}`}
              onYes={() => send(false)}
            >
              Unblock {countOf(users, 'user')}…
            </ConfirmButton>
          ) : (
            <button type="button" class="primary" disabled={!isReady || isOff} onClick={() => send(false)}>
              {verb} {countOf(users, 'user')}
            </button>
          )}
          {wasKnown && isReady && !isOff && (
            <button type="button" onClick={() => send(true)}>
              Send it again, although it was sent before
            </button>
          )}
        </p>
      </form>
      {failure !== undefined && <FailureBox failure={failure} />}
      {found !== undefined && failure === undefined && <WouldBe of={found} action={action} numbers={on.length} />}
    </>
  );
}

function tryRead(...of: Parameters<typeof readImport>): ReadImport | { readonly problem: string } {
  try {
    return readImport(...of);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { problem: error.message };
  }
}
