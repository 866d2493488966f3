/** A host behind a listening server: what `npm start` and `hotcell serve` share. */

import { createAccess, isLoopback } from "../access/access.ts";
import { type AdminToken, adminToken } from "../access/token.ts";
import { createHost, type Host } from "../host.ts";
import { createApp } from "../http/app.ts";
import { clientAddress } from "../http/client-address.ts";
import { listen } from "../http/server.ts";
import { limitsFor } from "../http/services.ts";
import type { ServerOptions } from "./options.ts";

export interface RunningServer {
  readonly host: Host;
  /** Where this machine reaches it. */
  readonly url: string;
  readonly admin: AdminToken;
  /** Reads need no token. */
  readonly loopback: boolean;
  /** Calls need a token. */
  readonly privateCalls: boolean;
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
  const host = await createHost({ ...options, ...(signal && { signal }) });
  let ready = false;
  const closing = new AbortController();
  const app = createApp({
    registry: host.registry,
    store: host.store,
    tokens: host.tokens,
    heap: host.heap,
    access: createAccess({
      token: admin.token,
      tokens: host.tokens,
      privateCalls: options.privateCalls,
      address: options.host,
      allowedHosts: options.allowedHosts,
      allowedOrigins: options.cors,
      addressOf: clientAddress(options.trustProxy),
    }),
    cors: options.cors,
    limits: limitsFor(host.ceilings),
    closing: closing.signal,
    ready: () => ready,
  });
  try {
    const server = await listen(app, options);
    const url = reachable(server.url);
    host.listensAt(url);
    return {
      host,
      url,
      admin,
      loopback: isLoopback(options.host),
      privateCalls: options.privateCalls,
      markReady: () => {
        ready = true;
      },
      close: async () => {
        ready = false;
        closing.abort();
        await server.close();
        await host.close();
      },
    };
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** A server on all addresses is reached here by the loopback one. */
function reachable(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
