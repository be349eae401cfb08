import { afterAll, expect, it } from 'vitest';
import { buildStack, makeFolder } from './build-stack.ts';
import { functionsOf, identityStatements, ofType, parseTemplate, synthesize, text } from './synthesize.ts';

const { folder, remove } = makeFolder();
afterAll(remove);

const RESTORED = { table: 'Blocklist-prod-2026-11-30', keys: 'Blocklist-prod-keys-2026-11-30' };
const more = { restoredTableName: RESTORED.table, restoredKeysTableName: RESTORED.keys };
const before = synthesize('keys');
const after = parseTemplate(buildStack(folder, 'keys', { more }).artifact.template);

/** The stack's own tables, and what stands for them in a template. */
const [table = '', keys = ''] = ofType(before, 'AWS::DynamoDB::GlobalTable').map(({ id }) => id);
const arnOf = (name: string) => `arn:aws:dynamodb:eu-west-1:111122223333:table/${name}`;
const adopted = (value: string) =>
  value
    .replace(`<${table}.Arn>`, arnOf(RESTORED.table))
    .replace(`<${keys}.Arn>`, arnOf(RESTORED.keys))
    .replace(`<${table}>`, RESTORED.table)
    .replace(`<${keys}>`, RESTORED.keys);

it('every function uses the restored tables, by name and by permission, and none of them the own ones', () => {
  const functions = functionsOf(after);
  for (const [handler, { environment }] of functionsOf(before)) {
    const expected = Object.entries(environment).map(([name, value]) => [name, adopted(value)]);
    expect(functions.get(handler)?.environment).toEqual(Object.fromEntries(expected));
  }
  expect(functions.get('block-users')?.environment.TABLE_NAME).toBe(RESTORED.table);
  expect(functions.get('create-key')?.environment.KEYS_TABLE_NAME).toBe(RESTORED.keys);
  const expected = identityStatements(before).map((one) => ({ ...one, resources: one.resources.map(adopted) }));
  expect(identityStatements(after)).toEqual(expected);
  const [named, namedKeys] = ['TableName', 'KeysTableName'].map((name) => text(after.outputs[name]?.Value));
  expect({ table: named, keys: namedKeys }).toEqual(RESTORED);
});

it('the own tables stay in the stack as they are, so that nothing is deleted and the way back is open', () => {
  const tables = (stack: typeof before) => ofType(stack, 'AWS::DynamoDB::GlobalTable');
  expect(tables(after)).toEqual(tables(before));
  expect(after.resources.map(({ id }) => id).sort()).toEqual(before.resources.map(({ id }) => id).sort());
});
