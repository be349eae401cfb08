import { describe, expect, it } from 'vitest';
import { trimSchemas } from '../../../lib/trim-libraries.ts';

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
