import type { Synthesized } from './synthesize.ts';

/** For each resource, those that must exist before it: the ones that it refers to, or is configured to wait for. */
export type Dependencies = ReadonlyMap<string, ReadonlySet<string>>;

export function dependenciesOf({ resources }: Synthesized): Dependencies {
  const ids = new Set(resources.map(({ id }) => id));
  return new Map(
    resources.map(({ id, Properties, DependsOn }) => {
      const named = new Set<string>([...DependsOn, ...namedIn(Properties)]);
      return [id, new Set([...named].filter((one) => ids.has(one)))] as const;
    }),
  );
}

/** What the template refers to and does not have. */
export function danglingReferences({ resources, outputs, parameters }: Synthesized): string[] {
  const known = new Set([...resources.map(({ id }) => id), ...parameters]);
  const named = [
    ...resources.flatMap(({ Properties, DependsOn }) => [...DependsOn, ...namedIn(Properties)]),
    ...namedIn(outputs),
  ];
  return named.filter((one) => !one.startsWith('AWS::') && !known.has(one));
}

function namedIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namedIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]): string[] => {
    if (name === 'Ref') return [String(inner)];
    if (name === 'Fn::GetAtt' && Array.isArray(inner)) return [String(inner[0])];
    if (name === 'Fn::Sub') throw new Error('Fn::Sub is not read here');
    return namedIn(inner);
  });
}

/** All that must exist before a resource, step by step. Throws if it would wait for itself. */
export function allBefore(dependencies: Dependencies, id: string): Set<string> {
  const found = new Set<string>();
  const visit = (one: string, path: readonly string[]): void => {
    if (path.includes(one)) throw new Error(`A circle: ${[...path, one].join(' → ')}`);
    if (found.has(one)) return;
    for (const next of dependencies.get(one) ?? []) visit(next, [...path, one]);
    found.add(one);
  };
  visit(id, []);
  found.delete(id);
  return found;
}

/**
 * How many of these can be made at the same time, however fast or slow each of them is: the size of the largest set in which
 * none waits for another (by Dilworth's theorem the number of chains it takes to cover all, which a matching finds).
 */
export function mostAtOnce(dependencies: Dependencies, ids: readonly string[]): number {
  const before = new Map(ids.map((id) => [id, allBefore(dependencies, id)]));
  const follower = new Map<string, string>();
  const place = (id: string, tried: Set<string>): boolean =>
    ids.some((earlier) => {
      if (!before.get(id)?.has(earlier) || tried.has(earlier)) return false;
      tried.add(earlier);
      const other = follower.get(earlier);
      if (other !== undefined && !place(other, tried)) return false;
      follower.set(earlier, id);
      return true;
    });
  return ids.filter((id) => !place(id, new Set())).length;
}
