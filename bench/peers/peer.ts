import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { z } from 'zod';
import { kapso } from './kapso.ts';
import { whatsappApiJs } from './whatsapp-api-js.ts';

/** A public client of the Cloud API, connected, as the loop of `main.ts` uses it. */
export interface Peer {
  /** The npm package. */
  readonly name: string;
  readonly version: string;
  /** Blocks all `users` with one call of the client. Rejects where Graph's answer carries an error. */
  blockUsers(phoneNumberId: string, users: readonly string[]): Promise<void>;
}

/** Where a client is to find Graph. */
export interface GraphTarget {
  /** Origin of the simulator, without a slash at the end. */
  readonly url: string;
  /** Such as `v25.0`. */
  readonly version: string;
  readonly accessToken: string;
}

/** How one package is driven, as its own documentation says. */
export interface PeerClient {
  readonly name: string;
  /** What the package leaves to its caller, as `observe.ts` shows it against the simulator. */
  readonly limits: readonly string[];
  connect(target: GraphTarget): Peer['blockUsers'];
}

export const PEERS: readonly PeerClient[] = [whatsappApiJs, kapso];

export function connectPeer({ name, connect }: PeerClient, target: GraphTarget): Peer {
  return { name, version: installedVersion(name), blockUsers: connect(target) };
}

/** Read from the installed package, so that a result never names a version that did not run. */
function installedVersion(name: string): string {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8'))).version;
}
