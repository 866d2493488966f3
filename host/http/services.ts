import type { Access } from "../access/access.ts";
import type { IssuedTokens } from "../access/issued-tokens.ts";
import type { ConsoleFiles } from "../console/console-file.ts";
import type { ToldTools } from "../describe/mcp/tools.ts";
import type { DescribedPart } from "../describe/openapi/plugin-operations.ts";
import type { NodeKeyControl } from "../nodes/key-ring.ts";
import type { ToldNode } from "../nodes/told-nodes.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { Registry } from "../registry/api.ts";
import type { PulledComponent } from "../sources/oci/oci-client.ts";
import type { SourceCheck } from "../sources/oci/watched-source.ts";
import type { KeyedCalls } from "../store/keyed-calls.ts";
import type { Store } from "../store/store.ts";
import type { BodyBudget } from "./body/body-budget.ts";
import type { BodyLimits } from "./body/body-limits.ts";
import type { Gate } from "./body/client-gate.ts";
import type { Inflater } from "./body/content-coding.ts";
import type { DoorHooks } from "./routes/call/door-hooks.ts";
import type { DescribedPlugins } from "./routes/described-plugins.ts";
import type { EventStreams } from "./routes/event-streams.ts";
import type { PluginsListener } from "./routing/served-at.ts";
import type { PluginSites } from "./serve/plugin-sites.ts";
import type { Figures } from "./told-figures.ts";

/** Services that routes work with; `createApp` makes them, once for an app. */
export interface Services {
  readonly registry: Registry;
  readonly store: Store;
  readonly access: Access;
  readonly tokens: IssuedTokens;
  readonly limits: BodyLimits;
  /** Budget of the JSON bodies that are arriving. */
  readonly bodies: BodyBudget;
  /** Undoes what bodies come compressed with. */
  readonly inflater: Inflater;
  /** Answers to calls that are made once. */
  readonly kept: KeyedCalls;
  readonly hooks: DoorHooks;
  readonly uploads: Gate;
  /** Turns of those that wait for a registry. */
  readonly pulls: Gate;
  /** Pulls a component from a registry. */
  readonly pull: (reference: string, signal: AbortSignal) => Promise<PulledComponent>;
  /** Looks at what a plugin follows in a registry. */
  readonly checkSource: (plugin: string) => Promise<SourceCheck>;
  /** Turns of those that read versions' binaries. */
  readonly downloads: Gate;
  /** Descriptions of plugins that are kept. */
  readonly described: DescribedPlugins<DescribedPart>;
  /** Tools of plugins that are kept, for `/mcp`. */
  readonly toldTools: DescribedPlugins<ToldTools>;
  /** Account of JavaScript's heap, on which large requests and answers draw. */
  readonly heap: HeapAccount;
  /** Absent: the host has none, and says so. */
  readonly consoleFiles?: ConsoleFiles | undefined;
  readonly streams: EventStreams;
  /** Figures of what the host does. */
  readonly figures: Figures;
  /** Hosts that serve from the same data; absent: nobody is told. */
  readonly nodes?: () => Promise<readonly ToldNode[]>;
  /** Key by which these know one another; absent: they have none. */
  readonly nodeKey?: NodeKeyControl | undefined;
  /** Plugins that serve HTTP. */
  readonly sites: PluginSites;
  /** Aborted when the server is about to close: answers that would go on for ever end. */
  readonly closing: AbortSignal;
  /** False while the host starts or ends: `/readyz` says so. */
  ready(): boolean;
  /** Listener behind which what plugins serve is; absent: nobody knows, as in an embedder's app. */
  pluginsListener?(): PluginsListener | undefined;
  /** Address of the API, if everybody reaches it: errors have the URL of their page as type then. */
  readonly publicUrl?: string;
  /** Our own failures, with their cause; answers never carry it. */
  logFault(error: unknown): void;
}
