import { type Receipt, receipt } from '../../lambdas/openapi/erasure.ts';
import { paths } from '../api/paths.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { facts, table } from '../output/table.ts';
import { confirm } from './confirm.ts';

export interface EraseOptions {
  readonly number?: readonly string[] | undefined;
  readonly unblock?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/** `blocklist erase <user>`: what is stored about a person, for good; prints what remains where, and until when. */
export async function eraseUser(context: Context, user: string, options: EraseOptions): Promise<ExitCode> {
  if (!options.yes) {
    await confirm(context.terminal, {
      question: `This erases what is stored about ${user}, for good. Type "erase" to go on: `,
      expected: 'erase',
      otherwise: 'This erases for good, and nobody is there to confirm it',
    });
  }
  const body = { phone_number_ids: options.number, unblock: options.unblock ? true : undefined };
  const answer = await context.api.call({ method: 'POST', path: paths.eraseUser(user), body }, receipt);
  print(context, answer, () => describe(answer));
  return EXIT.ok;
}

function describe({ erased, standing, remains }: Receipt): string {
  const done = facts([
    ['Numbers', erased.numbers],
    ['Events erased', erased.events],
    ['Items erased', erased.items],
    ['Other ids erased', erased.aliases],
    ...standing.map(
      ({ phone_number_id: number, state }) => ['Stands', `${state} on ${number}, with the id alone`] as const,
    ),
  ]);
  const left = table(
    [
      { head: 'REMAINS IN', of: ({ where }: Receipt['remains'][number]) => where },
      { head: 'UNTIL', of: ({ until }) => until },
      { head: 'WHY', of: ({ why }) => why },
    ],
    remains,
  );
  return `${done}\n${left}`;
}
