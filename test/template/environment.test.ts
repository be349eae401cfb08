import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ENV } from '../../lambdas/contract/environment.ts';
import { handlerOf, handlersOf } from '../../lambdas/contract/functions.ts';
import { routesOf } from '../../lambdas/contract/routes.ts';
import { handlersIn } from './configurations.ts';
import { functionsOf, identityStatements, synthesize } from './synthesize.ts';

const HANDLERS = handlersOf();
const RETENTION: readonly string[] = [ENV.auditRetentionDays, ENV.jobRetentionDays, ENV.tombstoneDays];
/** Read by the stores when they write, not when they are built. */
const LATE: readonly string[] = [...RETENTION, ENV.jobIdleMinutes];

/** What a handler imports from the composition of the functions, by the modules that build it. */
function partsOf(handler: string): { module: string; names: string[] }[] {
  const source = readFileSync(join(import.meta.dirname, '../../lambdas/handlers', `${handler}.ts`), 'utf8');
  const imports = source.matchAll(/import \{([^}]*)\} from '\.\.\/runtime\/composition\/([\w-]+)\.ts'/g);
  return [...imports].map(([, names = '', module = '']) => ({
    module,
    names: names.split(',').flatMap((name) => name.trim() || []),
  }));
}

describe('the variables of a function are enough for its own code', () => {
  const stack = synthesize('keys');
  const functions = functionsOf(stack);
  const own: readonly string[] = Object.values(ENV);
  const environment = process.env;
  const read = new Set<string>();

  beforeEach(() => {
    vi.resetModules();
    read.clear();
  });
  afterEach(() => {
    process.env = environment;
  });

  /** Puts together what the handler uses, from its variables of the template and no other. */
  async function compose(handler: string): Promise<string[]> {
    const given = functions.get(handler)?.environment ?? {};
    process.env = new Proxy(given, {
      get: (variables, name) => {
        read.add(String(name));
        return Reflect.get(variables, name);
      },
    });
    for (const { module, names } of partsOf(handler)) {
      const built = new Map<string, unknown>(
        Object.entries(await import(`../../lambdas/runtime/composition/${module}.ts`)),
      );
      for (const name of names) {
        const part = built.get(name);
        if (name === 'httpOptions') {
          const { httpOptions } = await import('../../lambdas/runtime/composition/http.ts');
          httpOptions.publicUrls();
          httpOptions.callerNumbers();
          if (ENV.scope in given) httpOptions.scope();
        } else if (typeof part === 'function') part();
        else throw new Error(`${handler} imports ${name}, which the composition does not build`);
      }
    }
    return Object.keys(given).filter((name) => own.includes(name) && name !== ENV.serviceStage);
  }

  it.each(HANDLERS)('%s is composed from them, and ignores none', async (handler) => {
    expect(partsOf(handler)).not.toEqual([]);
    const given = await compose(handler);
    expect(given.filter((name) => !read.has(name) && !LATE.includes(name))).toEqual([]);
  });

  it.each(HANDLERS)('%s knows how long to keep what it writes, if it may write', (handler) => {
    const { role, environment: given = {} } = functions.get(handler) ?? {};
    const actions = identityStatements(stack).flatMap((one) => (one.owner === role?.id ? one.actions : []));
    // Who only publishes events deletes them, and reads the stream.
    const writes = actions.some((action) => /^dynamodb:.*(?:Put|Insert|Update|Write)/.test(action));
    // Keys stay for good, like the names of callers that the history has.
    const expected = writes && !given[ENV.keysTableName] ? RETENTION : [];
    expect(Object.keys(given).filter((name) => RETENTION.includes(name))).toEqual(expected);
  });

  it('every function knows the stage', () => {
    for (const { environment: given } of functions.values()) {
      expect(given).toHaveProperty(ENV.serviceStage);
    }
  });

  const having = (configuration: 'publicUrl' | 'callers' | 'keys', name: string) =>
    [...functionsOf(synthesize(configuration))].flatMap(([handler, fn]) => (name in fn.environment ? [handler] : []));

  it('each function whose answers have links knows the address of the API', () => {
    expect(having('publicUrl', ENV.publicUrl).sort()).toEqual([
      'block-users',
      'create-jobs',
      'get-history-everywhere',
      'get-user-everywhere',
      'get-user-history',
      'list-blocked-users',
      'list-job-users',
      'list-jobs',
      'list-numbers-in-use',
      'list-operations',
      'list-protected-users',
      'revert-job',
      'unblock-users',
    ]);
    expect(having('callers', ENV.publicUrl)).toEqual([]);
  });

  it('every function behind the API for keys knows what a key must be for, and no other does', () => {
    const known = [...functions].flatMap(([handler, { environment: given }]) =>
      given[ENV.scope] === undefined ? [] : [[handler, given[ENV.scope]]],
    );
    const expected = routesOf('apiKey', ['iam', 'apiKey']).map(({ handler, scope }) => [handlerOf(handler), scope]);
    expect(Object.fromEntries(known)).toEqual(Object.fromEntries(expected));
    // Every route of a function takes the same.
    expect(new Set(expected.map(String)).size).toBe(known.length);
    expect(having('callers', ENV.scope)).toEqual([]);
  });

  it('and where those with keys do, who cannot list keys', () => {
    const [links, own] = [having('keys', ENV.publicUrl), having('keys', ENV.keyPublicUrl)];
    expect(links.filter((handler) => !own.includes(handler))).toEqual(['list-keys']);
    expect(own).toEqual(having('publicUrl', ENV.publicUrl));
    expect(having('publicUrl', ENV.keyPublicUrl)).toEqual([]);
  });

  it('every function behind the API knows which numbers a caller may use, if `callerNumbers` is set', () => {
    expect(having('callers', ENV.callerNumbers).sort()).toEqual(handlersIn('callers', 'api'));
    expect(having('publicUrl', ENV.callerNumbers)).toEqual([]);
  });
});
