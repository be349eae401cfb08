import { Construct } from 'constructs';
import { ENV } from '../../lambdas/contract/environment.ts';
import {
  ALL_FUNCTIONS,
  type CalledBy,
  type Caller,
  type FunctionName,
  type FunctionSpec,
  handlerOf,
} from '../../lambdas/contract/functions.ts';
import type { CallerKind } from '../../lambdas/contract/routes.ts';
import type { BlocklistConfig } from '../config.ts';
import { BlocklistFunction, pascalCase } from './blocklist-function.ts';
import type { DataProtection } from './data-protection.ts';
import { settingsOf } from './function-settings.ts';

export interface FunctionsProps {
  readonly config: BlocklistConfig;
  /** Folder of the code, see `BlocklistFunctionProps`. */
  readonly code: string;
  readonly protection: DataProtection;
}

/** The functions that one caller calls, by name. */
export type FunctionsOf<C extends Caller> = Readonly<Record<CalledBy<C>, BlocklistFunction>>;

/** Every function of the table, with the settings it reads. The owner of a resource grants access to it. */
export class Functions extends Construct {
  readonly #byName = new Map<FunctionName, BlocklistFunction>();

  constructor(scope: Construct, id: string, { config, code, protection }: FunctionsProps) {
    super(scope, id);
    const reserved = config.reservedConcurrency;
    const hasKeys = config.callers.includes('apiKey');
    for (const [name, spec] of ALL_FUNCTIONS) {
      if (spec.keys !== undefined && !hasKeys) continue;
      const handler = handlerOf(name);
      const fn = new BlocklistFunction(this, pascalCase(handler), {
        stage: config.stage,
        protection,
        code,
        handler,
        description: spec.description,
        memorySize: spec.memory,
        timeoutSeconds: spec.timeoutSeconds,
        reservedConcurrency: reservedFor(name, spec, reserved),
      });
      fn.setEnvironment({
        ...settingsOf(name, spec, config),
        ...(config.metrics !== 'essential' && { [ENV.metrics]: config.metrics }),
      });
      this.#byName.set(name, fn);
    }
  }

  get(name: FunctionName): BlocklistFunction {
    const fn = this.#byName.get(name);
    if (fn === undefined) throw new Error(`No function ${name}`);
    return fn;
  }

  /** The functions that one caller calls. */
  of<C extends Caller>(caller: C): FunctionsOf<C> {
    const found = this.all().flatMap(([name, spec, fn]) => (spec.caller === caller ? [[name, fn]] : []));
    return Object.fromEntries(found);
  }

  /** Every function of this configuration, with its record. */
  all(): (readonly [FunctionName, FunctionSpec, BlocklistFunction])[] {
    return ALL_FUNCTIONS.flatMap(([name, spec]) => {
      const fn = this.#byName.get(name);
      return fn === undefined ? [] : [[name, spec, fn] as const];
    });
  }

  /** Gives the functions whose answers have links the address of one of the APIs. */
  tellPublicUrl(api: CallerKind, publicUrl: string): void {
    for (const [, { links, keys }, fn] of this.all()) {
      // The functions that manage keys are behind the API of signed callers only.
      if (!links || (api === 'apiKey' && keys !== undefined)) continue;
      fn.setEnvironment({ [api === 'iam' ? ENV.publicUrl : ENV.keyPublicUrl]: publicUrl });
    }
  }
}

function reservedFor(
  name: FunctionName,
  { caller, keys }: FunctionSpec,
  { api, worker }: BlocklistConfig['reservedConcurrency'],
): number | undefined {
  if (caller === 'api' && keys === undefined) return api;
  return name === 'processChunk' ? worker : undefined;
}
