/** A host behind a listening server: the one wiring of `npm start`, `hotcell serve` and the tests. */

import type { Hono } from "hono";
import { isLoopback } from "./access/access.ts";
import { type AdminToken, adminToken } from "./access/admin-token.ts";
import { createHost, type Host } from "./host.ts";
import { type ApiOptions, createApi } from "./http/served-api.ts";
import { type Listening, type ListenOptions, listen, type ServerLimits } from "./http/server/http-server.ts";
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
  /** Ceilings of the limits of plugins. */
  readonly ceilings: Ceilings;
  /** Bytes of all memories of all cells; the host's default where it is absent. */
  readonly cellMemory?: number;
  /** Bytes of all processes of plugins; the host's default where it is absent. */
  readonly processMemory?: number;
}

export interface RunningServer extends Omit<Serving, "app"> {
  readonly host: Host;
  readonly admin: AdminToken;
  /** Calls need a token. */
  readonly privateCalls: boolean;
  /** Makes `/readyz` say yes from now on. */
  markReady(): void;
}

/**
 * Starts a host and serves it. Throws `bad-settings` for an address that can't be listened on or a token that can't be used, and what `createHost`
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
  try {
    const server = await serve(host, { ...options, token: admin.token, ready: () => ready });
    return {
      ...server,
      host,
      admin,
      privateCalls: options.privateCalls,
      markReady: () => {
        ready = true;
      },
      close: async () => {
        ready = false;
        await server.close();
        await host.close();
      },
    };
  } catch (error) {
    await host.close();
    throw error;
  }
}

export interface ServeOptions
  extends Omit<ApiOptions, "address" | "closing">,
    Pick<ListenOptions, "host" | "port" | "grace"> {
  /** Limits of what clients may take of the server. */
  readonly serverLimits?: Partial<ServerLimits>;
}

/** A host's API on a port. */
export interface Serving extends Listening {
  /** Address by which this machine reaches it. */
  readonly url: string;
  /** Reads need no token. */
  readonly loopback: boolean;
  /** Host is not checked. */
  readonly anyHost: boolean;
  /** Takes further routes until the first request has come. */
  readonly app: Hono;
  /** Ends streams, takes what was sent by now, lets requests under way end, then ends. The host goes on. */
  close(): Promise<void>;
}

/** Serves a host that is there. Throws `bad-settings` for an address that can't be listened on. */
export async function serve(host: Host, options: ServeOptions): Promise<Serving> {
  const { allowedHosts = [], heap = host.heap, serverLimits, grace, port } = options;
  const closing = new AbortController();
  let app: Hono | undefined;
  // By what a name comes to, and not by how it looks: a host on a loopback address has to check Host.
  const appAt = (address: string) => {
    const names = isLoopback(address) ? [...allowedHosts, options.host] : allowedHosts;
    app = createApi(host, { ...options, address, allowedHosts: names, closing: closing.signal });
    return app;
  };
  const server = await listen(appAt, {
    ...{ host: options.host, port, heap },
    ...(grace !== undefined && { grace }),
    ...(serverLimits && { limits: serverLimits }),
  });
  const { address } = server;
  const url = reachable(server.url, address, server.port);
  const loopback = isLoopback(address);
  host.listensAt(url);
  return {
    ...server,
    url,
    loopback,
    anyHost: !loopback && allowedHosts.length === 0,
    app: app!,
    close: async () => {
      closing.abort();
      await server.settle();
      await server.close();
    },
  };
}

/** A server on all addresses is reached here by the loopback one, however they were asked for. */
function reachable(url: string, address: string, port: number): string {
  if (address === "0.0.0.0" || address === "::ffff:0.0.0.0") return `http://127.0.0.1:${port}`;
  return address === "::" ? `http://[::1]:${port}` : url;
}
