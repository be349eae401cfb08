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
    for (const [name, spec] of ALL_FUNCTIONS) {
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
      fn.setEnvironment(settingsOf(spec, config));
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
    const found = ALL_FUNCTIONS.flatMap(([name, spec]) => (spec.caller === caller ? [[name, this.get(name)]] : []));
    return Object.fromEntries(found);
  }

  /** Gives the functions whose answers have links the address of the API. */
  tellPublicUrl(publicUrl: string): void {
    for (const [name, { links }] of ALL_FUNCTIONS) {
      if (links) this.get(name).setEnvironment({ [ENV.publicUrl]: publicUrl });
    }
  }
}

function reservedFor(
  name: FunctionName,
  { caller }: FunctionSpec,
  { api, worker }: BlocklistConfig['reservedConcurrency'],
): number | undefined {
  if (caller === 'api') return api;
  return name === 'processChunk' ? worker : undefined;
}
