/** Wiring of the HTTP API of a host: who may ask, and what answers. The same for a server and for an embedder's app. */

import { createAccess } from "../access/access.ts";
import type { FailedTokens, FailureLimit } from "../access/failed-tokens.ts";
import type { IssuedTokens } from "../access/issued-tokens.ts";
import { isLoopback } from "../access/loopback.ts";
import type { RequestRates } from "../access/request-rates.ts";
import type { NodeKeyControl } from "../nodes/key-ring.ts";
import type { ToldNode } from "../nodes/told-nodes.ts";
import type { Metrics } from "../observe/host-metrics.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { Registry } from "../registry/api.ts";
import type { Ceilings } from "../registry/plugin-limits.ts";
import type { PulledComponent } from "../sources/oci/oci-client.ts";
import type { SourceCheck } from "../sources/oci/watched-source.ts";
import type { KeyedCalls } from "../store/keyed-calls.ts";
import type { Store } from "../store/store.ts";
import { createApp } from "./app.ts";
import { type BodyLimits, bodyLimitsFor } from "./body/body-limits.ts";
import type { StreamLimits } from "./routes/event-streams.ts";
import type { HostDoor } from "./routing/doors.ts";
import { clientAddress } from "./server/client-address.ts";
import type { ServedApp } from "./server/direct-handler.ts";
import type { Services } from "./services.ts";
import { ownFigures } from "./told-figures.ts";

/** Parts of a host that its API needs. */
export interface ServedHost {
  readonly registry: Registry;
  readonly store: Store;
  readonly tokens: IssuedTokens;
  readonly heap?: HeapAccount;
  readonly ceilings: Ceilings;
  /** Calls with an `Idempotency-Key`; absent: the API's own, in memory. */
  readonly keyed?: KeyedCalls;
  /** Pulls a component from a registry. */
  pull(reference: string, signal?: AbortSignal): Promise<PulledComponent>;
  /** Looks at what a plugin follows in a registry. */
  checkSource(plugin: string): Promise<SourceCheck>;
  /** Absent: nobody sees them. */
  readonly metrics?: Metrics;
  /** Hosts that serve from the same data; absent: nobody is told. */
  nodes?(): Promise<readonly ToldNode[]>;
  /** Key by which these know one another; absent: they have none. */
  readonly nodeKey?: NodeKeyControl | undefined;
}

export interface ApiOptions
  extends Partial<
    Pick<
      Services,
      "closing" | "ready" | "logFault" | "heap" | "pluginsListener" | "publicUrl" | "consoleFiles" | "figures"
    >
  > {
  /** The address that is listened on; on a loopback address reads need no token, and `Host` is checked. */
  readonly address: string;
  /** The admin token. */
  readonly token?: string;
  /** Names that `Host` may say besides. */
  readonly allowedHosts?: readonly string[];
  /** Calls need a token too. */
  readonly privateCalls?: boolean;
  /** Origins whose pages may use the API. */
  readonly cors?: readonly string[];
  /** The client's address is what the nearest proxy wrote into `X-Forwarded-For`. */
  readonly trustProxy?: boolean;
  /** Limits of bodies; those left out follow the host's ceilings. */
  readonly limits?: Partial<BodyLimits>;
  readonly streamLimits?: StreamLimits;
  /** False: there is no console. */
  readonly console?: boolean;
  /** Listener that it is for: `all` where it is absent. */
  readonly door?: HostDoor;
  /** Rates that are counted together with another listener's. */
  readonly rates?: RequestRates;
  /** Wrong tokens that one address may send. */
  readonly failures?: FailureLimit | FailedTokens;
}

export function createApi(host: ServedHost, options: ApiOptions): ServedApp {
  const { registry, store, tokens } = host;
  const { address, token, allowedHosts, privateCalls = false, cors = [], trustProxy = false } = options;
  const {
    limits,
    failures,
    heap = host.heap,
    closing,
    ready,
    logFault,
    streamLimits,
    door,
    rates,
    pluginsListener,
    publicUrl,
    consoleFiles,
    console: hasConsole = true,
  } = options;
  const access = createAccess({
    address,
    tokens,
    privateCalls,
    admissionOf: (plugin) => registry.admission(plugin),
    allowedOrigins: cors,
    addressOf: clientAddress(trustProxy),
    ...(token !== undefined && { token }),
    ...(allowedHosts && { allowedHosts }),
    ...(door === "api" && { namesSetBy: "HOTCELL_ADMIN_HOSTS or --admin-host" }),
    ...(failures && { failures }),
    ...(rates && { rates }),
  });
  return createApp({
    ...{ registry, store, tokens, access, cors, trustProxy },
    checkSource: (plugin) => host.checkSource(plugin),
    pull: (reference, signal) => host.pull(reference, signal),
    limits: { ...bodyLimitsFor(host.ceilings), ...limits },
    ...(heap && { heap }),
    figures: options.figures ?? ownFigures(host.metrics),
    ...(host.keyed && { kept: host.keyed }),
    ...(host.nodes && { nodes: () => host.nodes!() }),
    ...(host.nodeKey && { nodeKey: host.nodeKey }),
    ...(closing && { closing }),
    ...(ready && { ready }),
    ...(logFault && { logFault }),
    ...(streamLimits && { streamLimits }),
    ...(door && { door }),
    loopback: isLoopback(address),
    ...(allowedHosts && { hostNames: allowedHosts }),
    ...(pluginsListener && { pluginsListener }),
    ...(publicUrl !== undefined && { publicUrl }),
    console: hasConsole,
    ...(consoleFiles && { consoleFiles }),
  });
}
