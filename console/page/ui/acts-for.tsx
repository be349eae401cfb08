import { useState } from 'preact/hooks';
import { actFor, onBehalfOf } from '../service/session.ts';

/** For whom the person acts: it is recorded beside their own name with each change. */
export function ActsFor() {
  const [person, setPerson] = useState(onBehalfOf() ?? '');
  return (
    <label class="acts-for">
      <span>Acting for</span>
      <input
        name="on_behalf_of"
        maxLength={128}
        pattern="[ -~]*"
        title="Letters, digits and signs of ASCII"
        placeholder="nobody"
        autocomplete="off"
        value={person}
        onInput={(event) => {
          const { value, validity } = event.currentTarget;
          setPerson(value);
          if (validity.valid) actFor(value.trim());
        }}
      />
    </label>
  );
}
