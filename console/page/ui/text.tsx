import { printable } from '../../../cli/output/table.ts';

/**
 * Text that people of other organisations, or users, may have written: shown as it is, apart from its surroundings, with characters
 * that could turn it around or hide in it as `�`.
 */
export function Said({ children }: { readonly children: string }) {
  return <bdi>{printable(children)}</bdi>;
}

/** The same of a text that may be long, without a place to break it. */
export function Long({ text }: { readonly text: string }) {
  return (
    <span class="long">
      <Said>{text}</Said>
    </span>
  );
}

/** An actor as people say it, with the whole of it for whoever asks. */
export function Actor({ of }: { readonly of: string }) {
  return (
    <span title={printable(of)}>
      <Said>{shortActor(of)}</Said>
    </span>
  );
}

/** `role/support` of an ARN; what is no ARN stays. */
export function shortActor(actor: string): string {
  if (actor === 'blocklist') return 'this service';
  const [, name] = /^arn:[^:]*:(?:iam|sts)::\d*:(?:assumed-role\/)?(.+)$/.exec(actor) ?? [];
  return name ?? actor;
}

/** A phone number as people write it; another id as it is. */
export function UserId({ of }: { readonly of: string }) {
  return (
    <span class="id">
      <Said>{/^\d+$/.test(of) ? `+${of}` : of}</Said>
    </span>
  );
}

const COUNTS = new Intl.NumberFormat('en');

export function count(of: number): string {
  return COUNTS.format(of);
}

/** `1 user`, `2,500 users` */
export function countOf(of: number, one: string, many = `${one}s`): string {
  return `${count(of)} ${of === 1 ? one : many}`;
}
