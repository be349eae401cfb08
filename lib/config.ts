import type * as z from 'zod';
import { configSchema } from './config-schema.ts';
import { PlainError } from './plain-error.ts';

export type BlocklistConfig = Readonly<z.infer<ReturnType<typeof configSchema>>> & { readonly stage: string };

/** A refused configuration, with every problem as `<where>: <path>: <message>`. */
export class ConfigError extends PlainError {
  override readonly name = 'ConfigError';
  readonly #problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is refused:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.#problems = problems;
  }

  get problems(): readonly string[] {
    return this.#problems;
  }
}

/** Settings that come from one place. */
export interface Layer {
  /** The text before the path of a setting in a problem: `config/prod.json: `, `-c blocklist.` */
  readonly from: string;
  readonly settings: object;
}

/**
 * The configuration of a stage: defaults, and over them each layer in turn.
 *
 * @param region where the stack will be, as far as that is known
 * @throws ConfigError with every problem that was found, by the last layer that has the setting
 */
export function parseConfig(stage: string, layers: readonly [Layer, ...Layer[]], region?: string): BlocklistConfig {
  const merged = layers.map(({ settings }): unknown => settings).reduce(deepMerge);
  const result = configSchema(stage, region).safeParse(merged);
  if (result.success) return { ...result.data, stage };
  throw new ConfigError(result.error.issues.flatMap((issue) => problemsOfIssue(issue, layers)));
}

function problemsOfIssue(issue: z.core.$ZodIssue, layers: readonly [Layer, ...Layer[]]): string[] {
  const problem = (path: readonly string[], message: string) => {
    const { from } = layers.findLast(({ settings }) => names(settings, path)) ?? layers[0];
    return `${from}${path.join('.')}: ${message}`;
  };
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [problem(path, issue.message)];
  return issue.keys.map((key) => {
    const isStage = path.length === 0 && key === 'stage';
    return problem([...path, key], `there is no such setting${isStage ? '; name the stage with -c stage=…' : ''}`);
  });
}

/** Whether settings have a value at a path, or at a part of it. */
function names(settings: unknown, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined || !isSettings(settings)) return true;
  return Object.hasOwn(settings, first) && names(settings[first], rest);
}

function deepMerge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isSettings(base) || !isSettings(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = deepMerge(base[key], value);
  return merged;
}

function isSettings(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
