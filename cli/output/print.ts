import type { Context } from '../context.ts';

/** Prints data: as it is with `--output json`, otherwise as a person reads it. */
export function print(context: Pick<Context, 'terminal' | 'output'>, data: unknown, asText: () => string): void {
  const { terminal, output } = context;
  terminal.out.write(output === 'json' ? `${JSON.stringify(data, null, 2)}\n` : asText());
}
