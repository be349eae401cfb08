import { useEffect, useRef } from 'preact/hooks';
import { goTo, href, type Place } from '../route.ts';

/** One box for a user, by any id. It has the focus when the console opens; `/` gives it back. */
export function Search({ place }: { readonly place: Place }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const asked = input.current?.value.trim() ?? '';
    if (asked !== '') goTo(href(['user', asked]));
  };
  const [name, id] = place.parts;
  return (
    <search>
      <form class="search" onSubmit={onSubmit}>
        <input
          id="search"
          ref={input}
          type="search"
          aria-label="Find a user by phone number or id"
          placeholder="Phone number or id"
          autocomplete="off"
          spellcheck={false}
          enterkeyhint="search"
          defaultValue={name === 'user' ? id : ''}
        />
        <button type="submit" class="primary">
          Find
        </button>
      </form>
    </search>
  );
}
