/** A host behind a listening server: what `npm start` and `hotcell serve` share. */

import { createAccess, isLoopback } from "./access/access.ts";
import { type AdminToken, adminToken } from "./access/admin-token.ts";
import { createHost, type Host } from "./host.ts";
import { createApp } from "./http/app.ts";
import { clientAddress } from "./http/server/client-address.ts";
import { listen } from "./http/server/http-server.ts";
import { limitsFor } from "./http/services.ts";
import type { Ceilings } from "./registry/plugin-limits.ts";

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** The data folder. */
  readonly data: string;
  /** Milliseconds to wait for another host that serves from the data folder to end. */
  readonly waitForData: number;
  /** Absent: the one kept in the data folder, or a new one. */
  readonly token?: string;
  readonly allowedHosts: readonly string[];
  /** Calls need a token too. */
  readonly privateCalls: boolean;
  /** Versions of each plugin that are kept to roll back to. */
  readonly keepVersions: number;
  /** Origins whose pages may use the API. */
  readonly cors: readonly string[];
  /** The client's address is what the nearest proxy wrote into X-Forwarded-For. */
  readonly trustProxy: boolean;
  /** What each limit of a plugin is at most. */
  readonly ceilings: Ceilings;
  /** Bytes of all memories of all cells; the host's default where it is absent. */
  readonly cellMemory?: number;
  /** Bytes of all processes of plugins; the host's default where it is absent. */
  readonly processMemory?: number;
}

export interface RunningServer {
  readonly host: Host;
  /** Where this machine reaches it. */
  readonly url: string;
  readonly port: number;
  /** The one that is bound: what a name came to, or one that stands for all. */
  readonly address: string;
  readonly admin: AdminToken;
  /** Reads need no token. */
  readonly loopback: boolean;
  /** Calls need a token. */
  readonly privateCalls: boolean;
  /** Host is not checked. */
  readonly anyHost: boolean;
  /** From now on `/readyz` says yes. */
  markReady(): void;
  /** Lets requests under way end, then ends. */
  close(): Promise<void>;
}

/**
 * Throws `bad-settings` for an address that can't be listened on or a token that can't be used, and what `createHost`
 * throws. `signal` ends the wait for another host on the data folder.
 */
export async function startServer(options: ServerOptions, signal?: AbortSignal): Promise<RunningServer> {
  const admin = await adminToken(options.data, options.token);
  const { data, waitForData, keepVersions, ceilings, cellMemory, processMemory } = options;
  const host = await createHost({
    data,
    waitForData,
    keepVersions,
    ceilings,
    ...(cellMemory !== undefined && { cellMemory }),
    ...(processMemory !== undefined && { processMemory }),
    ...(signal && { signal }),
  });
  let ready = false;
  const closing = new AbortController();
  // By what a name comes to, and not by how it looks: a host on a loopback address has to check Host.
  const app = (address: string) =>
    createApp({
      registry: host.registry,
      store: host.store,
      tokens: host.tokens,
      heap: host.heap,
      access: createAccess({
        token: admin.token,
        tokens: host.tokens,
        privateCalls: options.privateCalls,
        address,
        allowedHosts: isLoopback(address) ? [...options.allowedHosts, options.host] : options.allowedHosts,
        allowedOrigins: options.cors,
        addressOf: clientAddress(options.trustProxy),
      }),
      cors: options.cors,
      limits: limitsFor(host.ceilings),
      closing: closing.signal,
      ready: () => ready,
    });
  try {
    const server = await listen(app, { ...options, heap: host.heap });
    const { port, address } = server;
    const url = reachable(server.url, address, port);
    const loopback = isLoopback(address);
    host.listensAt(url);
    return {
      host,
      url,
      port,
      address,
      admin,
      loopback,
      privateCalls: options.privateCalls,
      anyHost: !loopback && options.allowedHosts.length === 0,
      markReady: () => {
        ready = true;
      },
      close: async () => {
        ready = false;
        closing.abort();
        await server.settle();
        await server.close();
        await host.close();
      },
    };
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** A server on all addresses is reached here by the loopback one, however they were asked for. */
function reachable(url: string, address: string, port: number): string {
  if (address === "0.0.0.0" || address === "::ffff:0.0.0.0") return `http://127.0.0.1:${port}`;
  return address === "::" ? `http://[::1]:${port}` : url;
}
