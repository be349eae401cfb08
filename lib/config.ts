import type * as z from 'zod';
import { configSchema } from './config-schema.ts';

/** The context key of `cdk.json` that holds the configuration; `-c blocklist.<path>=value` sets one field of it. */
export const CONTEXT_KEY = 'blocklist';

export type BlocklistConfig = Readonly<z.infer<ReturnType<typeof configSchema>>>;

/** A configuration that is refused, with every problem as `blocklist.<path>: <message>`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly #problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is refused:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.#problems = problems;
    // Shown as it is when `cdk` ends with it: where it was thrown tells nobody anything.
    this.stack = `${this.name}: ${this.message}`;
  }

  get problems(): readonly string[] {
    return this.#problems;
  }
}

export interface ConfigSources {
  /** The `context` of `cdk.json`. `-c blocklist='{…}'` hides its object from the app, so it is read beside it. */
  readonly project: Readonly<Record<string, unknown>>;
  /** The context that the app received: `cdk.json`, and over it what `-c` says. */
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * The configuration: defaults, over them `cdk.json`, over it `-c blocklist='{json}'`, over it `-c blocklist.<path>=value`.
 *
 * @throws ConfigError with every problem that was found
 */
export function readConfig({ project, context }: ConfigSources): BlocklistConfig {
  const merged = [project[CONTEXT_KEY], jsonOverride(context[CONTEXT_KEY]), ...fieldOverrides(context)].reduce(
    deepMerge,
    {},
  );
  const stage = isRecord(merged) ? merged.stage : undefined;
  const result = configSchema(stage).safeParse(merged);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.flatMap(problemsOf));
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = [CONTEXT_KEY, ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${at}.${key}: there is no such setting`);
  return [`${at}: ${issue.message}`];
}

function jsonOverride(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new ConfigError([`${CONTEXT_KEY}: must be an object of settings; -c ${CONTEXT_KEY}=… takes it as JSON`]);
  }
}

/** `blocklist.graph.version=v26.0` as `{graph: {version: 'v26.0'}}`, one object for each such key. */
function fieldOverrides(context: ConfigSources['context']): unknown[] {
  return Object.entries(context)
    .filter(([key]) => key.startsWith(`${CONTEXT_KEY}.`))
    .map(([key, value]) =>
      key
        .slice(CONTEXT_KEY.length + 1)
        .split('.')
        .reduceRight<unknown>((inner, part) => ({ [part]: inner }), fromCommandLine(value)),
    );
}

/** Values of `-c` arrive as strings; only what reads as a boolean, a number, or a JSON list or object is taken as one. */
function fromCommandLine(value: unknown): unknown {
  if (typeof value !== 'string' || !/^(?:true|false|-?\d+(?:\.\d+)?|\[.*\]|\{.*\})$/s.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function deepMerge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isRecord(base) || !isRecord(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = deepMerge(base[key], value);
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
