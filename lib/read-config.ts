import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BlocklistConfig, ConfigError, type Layer, parseConfig } from './config.ts';
import { stageSchema } from './config-schema.ts';
import { localDifferences } from './local-differences.ts';

/** `-c blocklist.<path>=<value>` sets one field, if the stage accepts settings from the command line. */
const FLAG = 'blocklist';
const DEFAULT_STAGE = 'dev';

export interface ConfigSources {
  /** The folder of the files `<stage>.json`. */
  readonly directory: string;
  /** The context of the app: `cdk.json`, overridden by `-c`. */
  readonly context: Readonly<Record<string, unknown>>;
  /** The region of the stack; unknown if the CDK has neither credentials nor a region. */
  readonly region?: string | undefined;
}

/**
 * The configuration of the stage that `-c stage=…` names: its file and nothing else, so that a deploy cannot depend on a flag
 * that somebody remembered. If nothing is protected (`dev`, and the local stage), the file may be missing, and `-c
 * blocklist.<path>=<value>` tries a setting.
 *
 * @throws ConfigError with every problem that was found
 */
export function readConfig({ directory, context, region }: ConfigSources): BlocklistConfig {
  const parsed = stageSchema.safeParse(context.stage ?? DEFAULT_STAGE);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ message }) => `-c stage: ${message}`));
  const stage = parsed.data;
  const file = `config/${stage}.json`;
  const { isProtected } = localDifferences(stage);
  const misplaced = misplacedFlags(context, isProtected ? file : undefined);
  if (misplaced.length > 0) throw new ConfigError(misplaced);
  const settings = readSettings(join(directory, `${stage}.json`), file);
  if (settings === undefined && isProtected) {
    throw new ConfigError([
      `${file}: there is no such file. Write the settings of the stage into it ({} takes every default), or name another stage with -c stage=<stage>`,
    ]);
  }
  const flags = fieldFlags(context).map(
    ([path, value]): Layer => ({ from: `-c ${FLAG}.`, settings: nest(path, value) }),
  );
  return parseConfig(stage, [{ from: `${file}: `, settings: settings ?? {} }, ...flags], region);
}

/** Flags that must not be ignored, because whoever set them believes that they have an effect. */
function misplacedFlags(context: ConfigSources['context'], onlyFile: string | undefined): string[] {
  const whole =
    context[FLAG] === undefined
      ? []
      : [`${FLAG} (in cdk.json or with -c): settings are in config/<stage>.json; the stage is named with -c stage=…`];
  if (onlyFile === undefined) return whole;
  const single = fieldFlags(context).map(
    ([path]) =>
      `-c ${FLAG}.${path}: on this stage settings come from ${onlyFile} alone; -c is for experiments on ${DEFAULT_STAGE}`,
  );
  return [...whole, ...single];
}

function readSettings(path: string, file: string): object | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT') return undefined;
    throw new ConfigError([`${file}: cannot be read: ${error.message}`]);
  }
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch (error) {
    throw new ConfigError([`${file}: is not valid JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings;
  throw new ConfigError([`${file}: must be an object of settings`]);
}

function fieldFlags(context: ConfigSources['context']): [path: string, value: unknown][] {
  return Object.entries(context)
    .filter(([key]) => key.startsWith(`${FLAG}.`))
    .map(([key, value]) => [key.slice(FLAG.length + 1), fromCommandLine(value)]);
}

/** `graph.version` and `v26.0` as `{graph: {version: 'v26.0'}}`. */
function nest(path: string, value: unknown): object {
  const [first = '', ...rest] = path.split('.');
  return { [first]: rest.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) };
}

/** Values of `-c` are strings. Only a value that reads as a boolean, a number, or a JSON list or object counts as one. */
function fromCommandLine(value: unknown): unknown {
  if (typeof value !== 'string' || !/^(?:true|false|-?\d+(?:\.\d+)?|\[.*\]|\{.*\})$/s.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
