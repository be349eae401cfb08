import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { trimPartitions, trimSchemas } from '../../../lib/trim-libraries.ts';

/** As the SDK's generator writes it. */
const SOURCE = `const _SE = "StartExecution";
const n0 = "com.amazonaws.sfn";
import { TypeRegistry } from "@smithy/core/schema";
const n0_registry = new TypeRegistry(n0);
export var InvalidName$ = [-3, n0, _IN,
    { [_e]: _c },
    [_m],
    [0]
];
n0_registry.registerError(InvalidName$, InvalidName);
export var ExecutionAlreadyExists$ = [-3, n0, _EAE,
    { [_e]: _c },
    [_m],
    [0]
];
n0_registry.registerError(ExecutionAlreadyExists$, ExecutionAlreadyExists);
export var StartExecution$ = [9, n0, _SE,
    2, () => StartExecutionInput$, () => StartExecutionOutput$
];
`;

describe('of the schemas of a client', () => {
  const trimmed = trimSchemas(SOURCE, (name) => name === 'ExecutionAlreadyExists');

  it('the errors that the code uses are registered', () => {
    expect(trimmed).toContain('n0_registry.registerError(ExecutionAlreadyExists$, ExecutionAlreadyExists);');
    expect(trimmed).not.toContain('registerError(InvalidName$');
  });

  it('each shape may be left out, and its meaning stays', () => {
    const shapes = [...trimmed.matchAll(/^export var (\w+)\$ = \/\* @__PURE__ \*\/ \(\(\) => \[/gm)];
    expect(shapes.map(([, name]) => name)).toEqual(['InvalidName', 'ExecutionAlreadyExists', 'StartExecution']);
    const given = trimmed.replaceAll('/* @__PURE__ */ (() => [', '[').replaceAll('])();', '];');
    expect(given).toBe(SOURCE.replace('n0_registry.registerError(InvalidName$, InvalidName);\n', ''));
  });

  it.each([
    ['shapes', SOURCE.replaceAll('export var', 'export const')],
    ['errors', SOURCE.replaceAll('registerError', 'register')],
  ])('%s that are written in another way fail the build', (_, source) => {
    expect(() => trimSchemas(source, () => true)).toThrow('The schemas have changed');
  });
});

describe('of the partitions of AWS', () => {
  const SDK = dirname(createRequire(import.meta.url).resolve('@aws-sdk/core/package.json'));
  const FILE = join(SDK, 'dist-es/submodules/client/util-endpoints/lib/aws/partitions.js');
  const parse = (source: string) =>
    z
      .object({
        partitions: z.array(
          z.object({ id: z.string(), regionRegex: z.string(), regions: z.record(z.string(), z.unknown()) }),
        ),
      })
      .parse(JSON.parse(source.slice(source.indexOf('{'), source.lastIndexOf('}') + 1))).partitions;
  const source = readFileSync(FILE, 'utf8');

  it('the names of regions are left out, and each region is still found in its own partition', () => {
    const trimmed = parse(trimPartitions(source));
    expect(trimmed.flatMap(({ regions }) => Object.keys(regions))).toEqual([]);
    // A function never runs in a partition's `-global`, which is no place.
    const regions = parse(source).flatMap(({ id, regions }) => Object.keys(regions).map((name) => [name, id] as const));
    const places = regions.filter(([name]) => !name.endsWith('-global'));
    expect(places.length).toBeGreaterThan(30);
    for (const [name, id] of places)
      expect([name, trimmed.find(({ regionRegex }) => new RegExp(regionRegex).test(name))?.id]).toEqual([name, id]);
  });

  it('another form is an error, not a larger bundle', () => {
    expect(() => trimPartitions('export const partitionsInfo = {};')).toThrow('The partitions have changed');
  });
});
