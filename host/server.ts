/** A host behind a listening server: the one wiring of `npm start`, `hotcell serve` and the tests. */

import type { Hono } from "hono";
import { type AdminToken, adminToken } from "./access/admin-token.ts";
import { isLoopback } from "./access/loopback.ts";
import { RequestRates } from "./access/request-rates.ts";
import { createHost, type Host } from "./host.ts";
import { type ApiOptions, createApi } from "./http/served-api.ts";
import { clientAddress } from "./http/server/client-address.ts";
import type { ServedApp } from "./http/server/direct-handler.ts";
import { type Listening, type ListenOptions, listen, type ServerLimits } from "./http/server/http-server.ts";
import type { AddressSettings } from "./http/server/listen-error.ts";
import { type AccessLogForm, standardAccessLog } from "./http/visits/access-log.ts";
import type { VisitWatcher } from "./http/visits/visit.ts";
import { Visits } from "./http/visits/visits.ts";
import { natsAddress, shownAddress } from "./nats/nats-address.ts";
import type { HostMetrics } from "./observe/host-metrics.ts";
import type { Ceilings } from "./registry/plugin-limits.ts";
import { apiPaths, publicPaths } from "./registry/routing/own-places.ts";
import { routeHost } from "./registry/routing/route-setting.ts";
import { lostText } from "./registry/routing/route-table.ts";
import type { WhenGone } from "./sources/plugins-folder.ts";
import { type NatsStoreOptions, openNatsStore } from "./store/nats/nats-store.ts";
import { FolderLock } from "./store/sqlite/folder-lock.ts";
import { harmlessLines } from "./text/harmless.ts";
import { JoinedWorkers, type WorkerPlace } from "./workers/joined-workers.ts";

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** The data folder. */
  readonly data: string;
  /** Milliseconds to wait for another host that serves from the data folder to end. */
  readonly waitForData: number;
  /** Store of several hosts; the data folder keeps the admin token alone then. */
  readonly store?: NatsStoreOptions;
  /** Address at which its other hosts reach this one; see `createHost`. */
  readonly nodeAddress?: string;
  /** Keeps answers to calls with keys by itself; see `createHost`. */
  readonly ownKeys?: boolean;
  /** Serves from it together with other hosts on this machine that do so too. */
  readonly shareData?: boolean;
  /** Absent: the one kept in the data folder, or a new one. */
  readonly token?: string;
  readonly allowedHosts: readonly string[];
  /** Calls need a token too. */
  readonly privateCalls: boolean;
  /** Versions of each plugin that are kept to roll back to. */
  readonly keepVersions: number;
  /** Origins whose pages may use the API. */
  readonly cors: readonly string[];
  /** False: no console. */
  readonly console?: boolean;
  /** Listener of the API, if it is to have one of its own. */
  readonly admin?: ApiListener;
  /** The client's address is what the nearest proxy wrote into X-Forwarded-For. */
  readonly trustProxy: boolean;
  /** Address of the API, if everybody reaches it; problems have the URL of their error's page as type then. */
  readonly publicUrl?: string;
  /** Ceilings of the limits of plugins. */
  readonly ceilings: Ceilings;
  /** Destinations that plugins may be granted at all; see `createHost`. */
  readonly allow?: readonly string[];
  /** Registries that components may be pulled from, and the file with logins for them; see `createHost`. */
  readonly registries?: readonly string[];
  readonly registryAuth?: string;
  /** Folder of plugins that is followed. */
  readonly plugins?: string;
  /** Fate of a plugin whose file there is deleted. */
  readonly pluginsGone?: WhenGone;
  /** Form of a line for each request, on standard output; absent: there are none. */
  readonly accessLog?: AccessLogForm;
  /** Bytes of all memories of all cells; the host's default where it is absent. */
  readonly cellMemory?: number;
  /** Bytes of all processes of plugins; the host's default where it is absent. */
  readonly processMemory?: number;
  /** Bytes of the file of all values by key, and of that of all files of plugins; the host's defaults where they are absent. */
  readonly kvDisk?: number;
  readonly filesDisk?: number;
  /** Place among the workers that answer as one host; absent for a host that is one process. */
  readonly place?: WorkerPlace;
}

/** Listener of the API alone. Its names and origins are its own, and none of the public one's. */
export interface ApiListener {
  readonly host: string;
  readonly port: number;
  readonly allowedHosts?: readonly string[];
  readonly cors?: readonly string[];
}

export interface RunningServer extends Omit<Serving, "app"> {
  readonly host: Host;
  readonly admin: AdminToken;
  /** Calls need a token. */
  readonly privateCalls: boolean;
  /** Address of the console, where there is one. */
  readonly console?: string;
  /** Makes `/readyz` say yes from now on. */
  markReady(): void;
}

/**
 * Starts a host and serves it. Throws `bad-settings` for an address that can't be listened on or a token that can't be used, and what `createHost`
 * throws. `signal` ends the wait for another host on the data folder.
 */
export async function startServer(options: ServerOptions, signal?: AbortSignal): Promise<RunningServer> {
  const admin = await adminToken(options.data, options.token);
  const {
    data,
    waitForData,
    shareData,
    nodeAddress,
    ownKeys,
    keepVersions,
    ceilings,
    allow,
    cellMemory,
    processMemory,
    kvDisk,
    filesDisk,
    plugins,
    pluginsGone,
    registries,
    registryAuth,
  } = options;
  await using opened = new AsyncDisposableStack();
  const store = options.store && opened.use(await openNatsStore(options.store));
  const here = store && opened.use(await announced(data, options.store!.url));
  const host = await createHost({
    ...(store
      ? { store, ...(nodeAddress !== undefined && { nodeAddress }), ...(ownKeys && { ownKeys }) }
      : { data, waitForData, ...(shareData && { shareData }) }),
    keepVersions,
    ceilings,
    ...(allow && { allow }),
    ...(plugins !== undefined && { plugins }),
    ...(pluginsGone && { pluginsGone }),
    ...(registries && { registries }),
    ...(registryAuth !== undefined && { registryAuth }),
    ...(cellMemory !== undefined && { cellMemory }),
    ...(processMemory !== undefined && { processMemory }),
    ...(kvDisk !== undefined && { kvDisk }),
    ...(filesDisk !== undefined && { filesDisk }),
    ...(signal && { signal }),
  });
  let ready = false;
  const { place } = options;
  const { registry, heap } = host;
  const metrics = host.metrics as HostMetrics;
  const joined =
    place && new JoinedWorkers({ registry, metrics, heap, makesCalls: () => host.leads() }, place);
  const log = options.accessLog && standardAccessLog(options.accessLog, host.registry);
  try {
    const server = await serve(host, {
      ...options,
      token: admin.token,
      ready: () => ready,
      ...(joined && {
        figures: joined.figures,
        rates: joined.rates,
        failures: joined.failures,
      }),
      ...(log && { watcher: log.watcher }),
    });
    here?.listensAt((server.api ?? server).url);
    opened.move();
    return {
      ...server,
      host,
      admin,
      privateCalls: options.privateCalls,
      ...(options.console !== false && { console: `${(server.api ?? server).url}/console/` }),
      markReady: () => {
        ready = true;
      },
      close: async () => {
        ready = false;
        await server.close();
        await log?.end();
        await host.close();
        await joined?.end();
        await store?.close();
        here?.[Symbol.dispose]();
      },
    };
  } catch (error) {
    await host.close();
    throw error;
  }
}

export interface ServeOptions
  extends Omit<ApiOptions, "address" | "closing" | "door" | "pluginsListener">,
    Pick<ListenOptions, "host" | "port" | "grace"> {
  /** Limits of what clients may take of the server. */
  readonly serverLimits?: Partial<ServerLimits>;
  /** Listener of the API, if it is to have one of its own. */
  readonly admin?: ApiListener;
  /** Watcher of all that is asked and answered. */
  readonly watcher?: VisitWatcher;
}

/** Listener of a host. */
export interface HostListener extends Listening {
  /** Address by which this machine reaches it. */
  readonly url: string;
  /** Reads need no token. */
  readonly loopback: boolean;
  /** Host is not checked. */
  readonly anyHost: boolean;
  /** Takes further routes until the first request has come. */
  readonly app: Hono;
}

/** A host's API on a port, or on two. */
export interface Serving extends HostListener {
  /** Listener of the API, where it has one of its own. */
  readonly api?: HostListener;
  /** Ends streams, and leaves new connections to the processes that listen on the same sockets: see `Listening.leave`. */
  leave(time: number): Promise<void>;
  /** Ends streams, takes what was sent by now, lets requests under way end, then ends. The host goes on. */
  close(): Promise<void>;
}

/**
 * Lock by which the command line finds a host whose store is elsewhere in its data folder, where it keeps its token: shared, as several may. No
 * host stays away because a folder can't be locked that it keeps nothing else in.
 */
async function announced(data: string | undefined, url: string): Promise<FolderLock | undefined> {
  if (data === undefined) return undefined;
  const store = shownAddress(natsAddress(url, "HOTCELL_STORE"));
  return FolderLock.take(data, { shared: true, store }).catch(() => undefined);
}

/** Serves a host that is there. Throws `bad-settings` for an address that can't be listened on. */
export async function serve(host: Host, options: ServeOptions): Promise<Serving> {
  const { admin, ...shared } = options;
  const closing = new AbortController();
  let listener: HostListener | undefined;
  const names = [options.host, ...(options.allowedHosts ?? [])];
  const pluginsListener = () => listener && { ...listener, shared: !admin, names };
  const common = { rates: new RequestRates(), ...shared, pluginsListener, closing: closing.signal };
  listener = await listenAt(host, { ...common, door: admin ? "public" : "all" });
  let api: HostListener | undefined;
  try {
    api =
      admin &&
      (await listenAt(host, { ...common, allowedHosts: [], cors: [], ...admin, door: "api" }, adminSettings));
  } catch (error) {
    await listener.close();
    throw error;
  }
  const listeners = [listener, ...(api ? [api] : [])];
  host.registry.routes.reserve({
    paths: api ? publicPaths : apiPaths,
    names: names.flatMap((name) => routeHost(name) ?? []),
  });
  for (const [plugin, lost] of host.registry.routes.allLost()) {
    for (const each of lost) console.error(harmlessLines(lostText(plugin, each)));
  }
  host.listensAt((api ?? listener).url);
  return {
    ...listener,
    ...(api && { api }),
    leave: async (time) => {
      closing.abort();
      await Promise.all(listeners.map((each) => each.leave(time)));
    },
    close: async () => {
      closing.abort();
      await Promise.all(listeners.map((each) => each.settle()));
      await Promise.all(listeners.map((each) => each.close()));
    },
  };
}

const adminSettings: AddressSettings = {
  host: "HOTCELL_ADMIN or --admin",
  port: "the one in HOTCELL_ADMIN or --admin",
};

async function listenAt(
  host: Host,
  options: Omit<ServeOptions, "admin"> & Pick<ApiOptions, "door" | "rates" | "closing" | "pluginsListener">,
  setBy?: AddressSettings,
): Promise<HostListener> {
  const { allowedHosts = [], heap = host.heap, serverLimits, grace, port, publicUrl, watcher } = options;
  let app: ServedApp | undefined;
  // By what a name comes to, and not by how it looks: a host on a loopback address has to check Host.
  const appAt = (address: string) => {
    const names = isLoopback(address) ? [...allowedHosts, options.host] : allowedHosts;
    app = createApi(host, { ...options, address, allowedHosts: names });
    return app;
  };
  const server = await listen(appAt, {
    ...{ host: options.host, port, heap },
    ...(grace !== undefined && { grace }),
    ...(serverLimits && { limits: serverLimits }),
    ...(publicUrl !== undefined && { publicUrl }),
    visits: new Visits(watcher, clientAddress(options.trustProxy === true)),
    ...(setBy && { setBy }),
  });
  const { address } = server;
  const loopback = isLoopback(address);
  return {
    ...server,
    url: reachable(server.url, address, server.port),
    loopback,
    anyHost: !loopback && allowedHosts.length === 0,
    app: app!,
  };
}

/** A server on all addresses is reached here by the loopback one, however they were asked for. */
function reachable(url: string, address: string, port: number): string {
  if (address === "0.0.0.0" || address === "::ffff:0.0.0.0") return `http://127.0.0.1:${port}`;
  return address === "::" ? `http://[::1]:${port}` : url;
}
