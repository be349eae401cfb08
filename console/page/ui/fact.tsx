import { count } from './text.tsx';

/** One count with its name, in a `dl` of the class `facts`. */
export function Fact({ name, value }: { readonly name: string; readonly value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{count(value)}</dd>
    </div>
  );
}
