import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ConsoleFacts } from '../../server/facts.ts';

export const Facts = createContext<ConsoleFacts>({ service: '', read_only: true });

/** Whether the person may try to change something here; the service decides by itself. */
export function useMayChange(): boolean {
  return !useContext(Facts).read_only;
}
