import { z } from 'zod';

type JsonSchema = Record<string, unknown>;

/** `components.schemas`: every schema that has an `id`. All others are inlined. */
export function componentSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { uri: placeOf, override: tidy });
  const named = Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema] as const);
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function placeOf(id: string): string {
  return `#/components/schemas/${id}`;
}

/** The schema of an answer or a body: by its name, which it must have. */
export function referenceTo(schema: z.ZodType): JsonSchema {
  const id = z.globalRegistry.get(schema)?.id;
  if (id === undefined) throw new Error('A schema of an answer or a body has no id: add .meta({ id: … })');
  return { $ref: placeOf(id) };
}

/** The schema of a parameter or header. */
export function inlineSchema(schema: z.ZodType): JsonSchema {
  const { $schema, id, ...json } = z.toJSONSchema(schema, { io: 'input', override: tidy });
  return json;
}

/**
 * Leaves out what says nothing to a reader: the bounds of exact integers, an id beside its place, and of times the pattern beside
 * the format. `\d` is any digit to some readers of patterns, 0 to 9 to us.
 */
function tidy({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: JsonSchema }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  const { def } = zodSchema._zod;
  if ('format' in def && def.format === 'datetime') delete jsonSchema.pattern;
  if (typeof jsonSchema.pattern === 'string') jsonSchema.pattern = jsonSchema.pattern.replaceAll('\\d', '[0-9]');
  delete jsonSchema.id;
}
