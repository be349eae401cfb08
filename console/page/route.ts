import { useEffect, useState } from 'preact/hooks';

/** A page, by the part of the address behind `#`: `#/list/106540352242922?reason_code=spam`. */
export interface Place {
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  /** All of it. */
  readonly hash: string;
}

export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return { parts: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query), hash };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page; parameters without a value are left out. */
export function href(parts: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return `#/${parts.map(encodeURIComponent).join('/')}${search}`;
}

export function goTo(to: string): void {
  location.hash = to;
}

/** What is asked before the page is left, as long as something on it would be lost. */
let question: string | undefined;

/** Asks before the page is left, for another one or for good. */
export function useAskBeforeLeaving(text: string | undefined): void {
  useEffect(() => {
    if (text === undefined) return;
    question = text;
    const onUnload = (event: Event) => event.preventDefault();
    addEventListener('beforeunload', onUnload);
    return () => {
      question = undefined;
      removeEventListener('beforeunload', onUnload);
    };
  }, [text]);
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    let here = location.hash;
    const onChange = () => {
      if (question !== undefined && location.hash !== here && !confirm(question)) {
        // The address has changed already, by a link or by going back.
        history.pushState(null, '', here);
        return;
      }
      here = location.hash;
      setPlace(placeOf(here));
    };
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return place;
}
