import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export interface Message {
  readonly kind: 'done' | 'partly' | 'failed';
  readonly text: ComponentChildren;
  /** The opposite, if there is one. */
  readonly undo?: (() => Promise<void>) | undefined;
  readonly link?: { readonly to: string; readonly text: string } | undefined;
}

type Shown = Message & { readonly id: number };

let shown: readonly Shown[] = [];
let last = 0;
const listeners = new Set<(messages: readonly Shown[]) => void>();

function set(messages: readonly Shown[]): void {
  shown = messages;
  for (const listener of listeners) listener(shown);
}

/** Shows a message on whatever page the person is, until they dismiss it. */
export function tell(message: Message): void {
  last += 1;
  set([{ ...message, id: last }, ...shown].slice(0, 5));
}

function dismiss(id: number): void {
  set(shown.filter((one) => one.id !== id));
}

export function Messages() {
  const [messages, setMessages] = useState(shown);
  useEffect(() => {
    listeners.add(setMessages);
    return () => void listeners.delete(setMessages);
  }, []);
  return (
    <section class="messages" aria-label="Messages" role="status" aria-live="polite">
      {messages.map((message) => (
        <OneMessage key={message.id} message={message} />
      ))}
    </section>
  );
}

function OneMessage({ message: { id, kind, text, undo, link } }: { readonly message: Shown }) {
  const [isBusy, setBusy] = useState(false);
  const onUndo = async () => {
    setBusy(true);
    await undo?.();
    dismiss(id);
  };
  return (
    <div class={`message ${kind}`}>
      <div class="text">{text}</div>
      <div class="actions">
        {link !== undefined && <a href={link.to}>{link.text}</a>}
        {undo !== undefined && (
          <button type="button" class="primary" disabled={isBusy} onClick={onUndo}>
            {isBusy ? 'Undoing…' : 'Undo'}
          </button>
        )}
        <button type="button" class="plain" onClick={() => dismiss(id)}>
          Dismiss
        </button>
      </div>
    </div>
  );
}
