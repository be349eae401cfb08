import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { redocly, writePage } from '../../../bin/docs.ts';
import committed from '../../../docs/openapi.json' with { type: 'json' };
import { routes } from '../../../lambdas/contract/routes.ts';
import { EVENTS } from '../../../lambdas/core/events/schemas.ts';

const json = z.record(z.string(), z.unknown());
const content = z.object({
  'application/json': z.object({
    schema: json,
    example: z.unknown().optional(),
    examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
  }),
});
const response = z.object({ description: z.string(), headers: json.optional(), content: content.optional() });
const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  'x-scope': z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.union([z.strictObject({ $ref: z.string() }), response])),
});
const methodsOf = { get: operation.optional(), post: operation.optional(), put: operation.optional() };
const item = z.object({ ...methodsOf, delete: operation.optional() });
const { paths, components } = z
  .object({ paths: z.record(z.string(), item), components: z.object({ responses: z.record(z.string(), response) }) })
  .parse(committed);
const OPERATIONS = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, found]) =>
    found ? [{ method: method.toUpperCase(), path, ...found }] : [],
  ),
);

test('the document is valid OpenAPI, as a public linter judges', () => {
  expect(() => redocly('lint', join(import.meta.dirname, '../../../docs/openapi.json'))).not.toThrow();
});

test('every route is there, with its scope, its successes and what every route may refuse', () => {
  const documented = OPERATIONS.map(({ method, path, responses, ...one }) => {
    const successes = Object.keys(responses).filter((status) => Number(status) < 400);
    for (const status of ['400', '401', '403', '429', '500', '503', '504']) expect(responses).toHaveProperty([status]);
    return [method, path.replace(/^\/\{phoneNumberId\}/, '/{version}'), one['x-scope'], ...successes].join(' ');
  });
  const wanted = routes().map(({ method, path, scope, success }) => [method, path, scope, ...success].join(' '));
  expect(documented.toSorted()).toEqual(wanted.toSorted());
  expect(new Set(OPERATIONS.map(({ operationId }) => operationId)).size).toBe(OPERATIONS.length);
});

test('callers of either kind reach every route, but only signed callers manage keys', () => {
  expect(committed.security).toEqual([{ signature: [] }, { key: [] }]);
  expect(Object.keys(committed.components.securitySchemes)).toEqual(['signature', 'key']);
  const ofSigned = OPERATIONS.filter(({ security }) => security !== undefined);
  expect(ofSigned.map(({ security }) => security)).toEqual(ofSigned.map(() => [{ signature: [] }]));
  expect(ofSigned.map(({ operationId }) => operationId).toSorted()).toEqual([
    'createKey',
    'listKeys',
    'revokeKey',
    'rotateKey',
  ]);
});

test('every event is there as a webhook, its example is one of its schema, and its schema has a file', async () => {
  const webhook = z.object({ post: z.object({ requestBody: z.object({ content }) }) });
  const webhooks = z.record(z.string(), webhook).parse(committed.webhooks);
  expect(Object.keys(webhooks)).toEqual(Object.keys(EVENTS));
  for (const [type, { post }] of Object.entries(webhooks)) {
    const { schema, example } = post.requestBody.content['application/json'];
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    expect([type, ajv.validate(schema, example), ajv.errors]).toEqual([type, true, null]);
    const another = { ...z.looseObject({}).parse(example), 'detail-type': 'Another' };
    expect([type, ajv.validate(schema, another)]).toEqual([type, false]);
    const file = `${type.toLowerCase().replaceAll(' ', '-')}.json`;
    const alone: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/events', file), 'utf8'));
    expect(alone).toMatchObject({ ...schema, title: type });
  }
});

describe('every example is one of its schema', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(committed, 'document');
  const named = Object.entries(components.responses).map(([name, one]) => [name, one.content] as const);
  const own = OPERATIONS.flatMap(({ operationId, requestBody, responses }) => [
    [`${operationId} request`, requestBody?.content] as const,
    ...Object.entries(responses).map(
      ([status, one]) => [`${operationId} ${status}`, '$ref' in one ? undefined : one.content] as const,
    ),
  ]);
  const bodies = [...named, ...own].flatMap(([name, one]) => (one ? [[name, one['application/json']] as const] : []));

  test.each(bodies)('%s', (_, { schema, example, examples }) => {
    const given = example === undefined ? Object.values(examples ?? {}).map(({ value }) => value) : [example];
    expect(given.length).toBeGreaterThan(0);
    const whole = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
    const validate = ajv.compile(whole);
    for (const one of given)
      expect({ valid: validate(one), errors: validate.errors }).toEqual({ valid: true, errors: null });
  });
});

test('the page for people has every operation, and browsers load nothing else for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blocklist-page-'));
  try {
    const file = join(folder, 'page.html');
    writePage(file);
    const page = readFileSync(file, 'utf8');
    for (const { summary } of OPERATIONS) expect(page).toContain(JSON.stringify(summary).slice(1, -1));
    expect(page).toMatch(/<head><meta http-equiv="Content-Security-Policy" content="default-src 'none';[^"]*">/);
    expect(page).not.toMatch(/<(?:script|link|img|iframe)[^>]*(?:src|href)="?(?:https?:)?\/\//);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Schemas with a property, by the names of all of their properties, however deep they are. */
function schemasWith(name: string, value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const { data } = z.object({ properties: json }).safeParse(value);
  const own = data && name in data.properties ? [data.properties] : [];
  return [...own, ...Object.values(value).flatMap((part) => schemasWith(name, part))];
}

test('wherever a request or an answer has the reason of a change, it has the reason code', () => {
  const found = schemasWith('reason', committed.components.schemas);
  // News that was not followed has a reason of another kind: one of a list.
  const ofChanges = found.filter(({ reason }) => !z.object({ enum: z.array(z.string()) }).safeParse(reason).success);
  expect(ofChanges.length).toBeGreaterThan(8);
  for (const properties of ofChanges) expect(Object.keys(properties)).toContain('reason_code');
});
