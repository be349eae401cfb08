import type { z } from 'zod';

/**
 * The body of an answer in the shape of the contract. A newer service may say more than this command knows: that is left out.
 *
 * @throws Error if a known field is missing or of another type
 */
export function parseAnswer<T>(schema: z.ZodType<T>, body: unknown): T {
  const first = schema.safeParse(body);
  if (first.success) return first.data;
  const known = structuredClone(body);
  for (const issue of first.error.issues) {
    if (issue.code === 'unrecognized_keys') remove(known, issue.path, issue.keys);
  }
  return schema.parse(known);
}

function remove(from: unknown, path: readonly PropertyKey[], names: readonly string[]): void {
  const holder = path.reduce<unknown>((value, name) => (isObject(value) ? Reflect.get(value, name) : undefined), from);
  if (isObject(holder)) for (const name of names) Reflect.deleteProperty(holder, name);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
