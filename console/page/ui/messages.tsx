import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Place, placeOf } from '../route.ts';

export interface Message {
  readonly kind: 'done' | 'partly' | 'failed';
  readonly text: ComponentChildren;
  /** The opposite, if there is one. */
  readonly undo?: (() => Promise<void>) | undefined;
  readonly link?: { readonly to: string; readonly text: string } | undefined;
}

/** `page` is the one on which the person was told it. */
type Shown = Message & { readonly id: number; readonly page: string };

let shown: readonly Shown[] = [];
let last = 0;
const listeners = new Set<(messages: readonly Shown[]) => void>();

function set(messages: readonly Shown[]): void {
  shown = messages;
  for (const listener of listeners) listener(shown);
}

/** Shows a message on the page on which the person is, until they dismiss it. It does not follow them to another page. */
export function tell(message: Message): void {
  last += 1;
  set([{ ...message, id: last, page: pageOf(location.hash) }, ...shown].slice(0, 5));
}

function pageOf(hash: string): string {
  return placeOf(hash).parts.join('/');
}

function dismiss(id: number): void {
  set(shown.filter((one) => one.id !== id));
}

export function Messages({ place }: { readonly place: Place }) {
  const [messages, setMessages] = useState(shown);
  useEffect(() => {
    listeners.add(setMessages);
    return () => void listeners.delete(setMessages);
  }, []);
  return (
    <section class="messages" aria-label="Messages" role="status" aria-live="polite">
      {messages
        .filter(({ page }) => page === pageOf(place.hash))
        .map((message) => (
          <OneMessage key={message.id} message={message} />
        ))}
    </section>
  );
}

function OneMessage({ message: { id, kind, text, undo, link } }: { readonly message: Shown }) {
  const [isBusy, setBusy] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  // It is above the page, and covers nothing of it.
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), []);
  const onUndo = async () => {
    setBusy(true);
    await undo?.();
    dismiss(id);
  };
  return (
    <div class={`message ${kind}`} ref={box}>
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
