import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Template } from './template.ts';

type Resource = Template['Resources'][string];

const environment = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) });

/** What a deploy changed, a line each, for the person who reads it: functions and their settings first, then all else by type. */
export function whatChanged(before: Template, after: Template): string[] {
  const ids = [...new Set([...Object.keys(before.Resources), ...Object.keys(after.Resources)])].sort();
  const settings = new Map<string, string[]>();
  const functions: string[] = [];
  const others = new Map<string, number>();
  for (const id of ids) {
    const [old, now] = [before.Resources[id], after.Resources[id]];
    if (isDeepStrictEqual(old, now)) continue;
    const type = now?.Type ?? old?.Type ?? '';
    if (type !== 'AWS::Lambda::Function') {
      const kind = `${type.replace('AWS::', '')} ${verbOf(old, now)}`;
      others.set(kind, (others.get(kind) ?? 0) + 1);
      continue;
    }
    const name = nameOf(id);
    if (old === undefined || now === undefined) {
      functions.push(`function ${name}: ${verbOf(old, now)}`);
      continue;
    }
    const properties = changedProperties(old, now);
    if (properties.length > 0) functions.push(`function ${name}: ${properties.join(', ')}`);
    for (const change of changedSettings(old, now)) settings.set(change, [...(settings.get(change) ?? []), name]);
  }
  return [
    ...functions,
    ...[...settings].map(
      ([change, names]) => `setting ${change} (${names.length > 3 ? `${names.length} functions` : names.join(', ')})`,
    ),
    ...[...others].map(([kind, count]) => `${kind}: ${count}`).sort(),
  ];
}

function verbOf(old: Resource | undefined, now: Resource | undefined): string {
  if (old === undefined) return 'new';
  return now === undefined ? 'removed' : 'changed';
}

/** `FunctionsBlockUsersFunctionAB12CD34` as `BlockUsers`. */
function nameOf(id: string): string {
  return /^Functions(.+?)Function[0-9A-F]{8}$/.exec(id)?.[1] ?? id;
}

function changedProperties(old: Resource, now: Resource): string[] {
  const names = new Set([...Object.keys(old.Properties), ...Object.keys(now.Properties)]);
  return [...names]
    .filter((name) => name !== 'Environment' && !isDeepStrictEqual(old.Properties[name], now.Properties[name]))
    .map((name) =>
      name === 'Code' ? 'new code' : `${name} ${shown(old.Properties[name])} → ${shown(now.Properties[name])}`,
    );
}

function changedSettings(old: Resource, now: Resource): string[] {
  const [from, to] = [variablesOf(old), variablesOf(now)];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((name) => !isDeepStrictEqual(from[name], to[name]))
    .map((name) => `${name}: ${shown(from[name])} → ${shown(to[name])}`);
}

function variablesOf({ Properties }: Resource): Readonly<Record<string, unknown>> {
  const parsed = environment.safeParse(Properties);
  return parsed.success ? parsed.data.Environment.Variables : {};
}

const MOST_CHARACTERS = 60;

function shown(value: unknown): string {
  if (value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
