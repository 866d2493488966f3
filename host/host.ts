/** Host of an embedder: each layer built once, in order: store, engines, then the registry on both. */

import { join } from "node:path";
import { IssuedTokens } from "./access/issued-tokens.ts";
import { HostDrivers } from "./backends/drivers.ts";
import { filesDriver } from "./backends/files/files-driver.ts";
import { MemoryFiles } from "./backends/files/memory-files.ts";
import { SqliteFiles } from "./backends/files/sqlite-files.ts";
import { readReach } from "./backends/http-client/host-reach.ts";
import { httpClientDriver } from "./backends/http-client/http-client.ts";
import { BucketOwners } from "./backends/key-value/bucket-owners.ts";
import { KeyValueDriver } from "./backends/key-value/key-value-driver.ts";
import { openKeyValue } from "./backends/key-value/open-key-value.ts";
import type { LogLine } from "./backends/log/log-line.ts";
import { MiB } from "./bounds/host-bound.ts";
import { observeBounds } from "./bounds/observe-bounds.ts";
import { amountNames } from "./capabilities/grant-amounts.ts";
import { printLogLine } from "./capabilities/kit/print-log.ts";
import { type HostCapabilities, tableWith } from "./capabilities/own/own-table.ts";
import { type HostedHook, hostedHook } from "./embedding/hosted-hook.ts";
import { FollowedPlugin, type HostedPlugin } from "./embedding/hosted-plugin.ts";
import type { UntypedExports } from "./embedding/plugin-api.ts";
import type { CellMemoryLimits } from "./engine/cell/cell-memory-limits.ts";
import { Engines } from "./engine/engines.ts";
import { joinHosts, requireShared } from "./nodes/join-hosts.ts";
import type { NodeKeyControl } from "./nodes/key-ring.ts";
import { LeaseTable } from "./nodes/memory-leases.ts";
import { Neighbours } from "./nodes/neighbours.ts";
import { ownFacts, type ToldNode, toldNodes } from "./nodes/told-nodes.ts";
import { HostMetrics, type Metrics } from "./observe/host-metrics.ts";
import { Placements } from "./placement/placements.ts";
import { ProcessBudget } from "./placement/process/budget.ts";
import {
  aFunction,
  anObject,
  aSignal,
  aText,
  aYesOrNo,
  checkOptions,
  count,
  type Kind,
  oneOf,
} from "./platform/code-options.ts";
import { HeapAccount } from "./platform/heap-account.ts";
import { ownVersion } from "./platform/own-version.ts";
import type { Registry } from "./registry/api.ts";
import { Starter } from "./registry/deploy/starter.ts";
import { EventLog } from "./registry/event-log.ts";
import type { HookOptions } from "./registry/hooks/hook.ts";
import { PluginLinks } from "./registry/links/plugin-links.ts";
import { type Ceilings, defaultCeilings, limitNames } from "./registry/plugin-limits.ts";
import { openRegistry } from "./registry/registry.ts";
import { SourceTable } from "./registry/source-table.ts";
import type { PulledComponent } from "./sources/oci/oci-client.ts";
import { parseReference } from "./sources/oci/oci-reference.ts";
import { readRegistries } from "./sources/oci/registry-rules.ts";
import { RegistrySources } from "./sources/oci/registry-sources.ts";
import type { SourceCheck } from "./sources/oci/watched-source.ts";
import { PluginsFolder, type WhenGone } from "./sources/plugins-folder.ts";
import { dataFiles } from "./sqlite/data-files.ts";
import { isShared, requireStore, twoStores } from "./store/given-store.ts";
import type { KeyedCalls } from "./store/keyed-calls.ts";
import { MemoryCalls } from "./store/memory/memory-calls.ts";
import { openStore } from "./store/open-store.ts";
import { FolderLock } from "./store/sqlite/folder-lock.ts";
import type { Store } from "./store/store.ts";
import { harmlessFault, harmlessLines } from "./text/harmless.ts";

/** Options of `createHost`. */
export interface HostOptions extends CellMemoryLimits {
  /** Folder in which plugins, their versions and the event log are kept. Absent: in memory. */
  readonly data?: string;
  /**
   * Store of your own in place of a folder. It stays open when the host closes: whoever made it closes it, afterwards.
   * Several hosts may share one: each follows by itself what the others commit, as soon as the store tells it.
   */
  readonly store?: Store;
  /** Milliseconds to wait for another host that serves from the data folder to end; 0 by default. */
  readonly waitForData?: number;
  /**
   * Serves from the data folder together with other hosts on this machine that do so too: each follows what the others commit, and
   * plugins of mode `shared`, and those with files, run on one of them, which the others ask.
   */
  readonly shareData?: boolean;
  /** Address at which the other hosts of a store on NATS ask this one, such as `10.0.0.5:7801`; absent: one that this machine alone reaches. */
  readonly nodeAddress?: string;
  /** Keeps answers to calls with an `Idempotency-Key` in this host's memory, and not in the store on NATS for all of its hosts. */
  readonly ownKeys?: boolean;
  /** Signal that ends that wait. */
  readonly signal?: AbortSignal;
  /** Versions of each plugin that are kept to roll back to; 20 by default, at least 1. */
  readonly keepVersions?: number;
  /** Most that each limit of a plugin may be, and each amount of a grant (`"kv.bytes"`); those left out are as in `defaultCeilings`. */
  readonly ceilings?: Ceilings;
  /**
   * Bytes that all processes of plugins may take together, each as many as its `limits.processMemory`; by default half
   * of what the machine has.
   */
  readonly processMemory?: number;
  /**
   * Bytes that the file of all plugins' values by key may grow to, and that of all their files; by default as many as the disk
   * holds. In memory both have the room of the heap.
   */
  readonly kvDisk?: number;
  readonly filesDisk?: number;
  /**
   * Destinations that plugins may be granted at all: entries such as `https://*.example.com` or `GET https://api.example.com/v1/*`,
   * and the words `private`, for private addresses too where an admin grants them, and `none`. By default whatever is public.
   */
  readonly allow?: readonly string[];
  /**
   * Capabilities of your own, by the interface that each offers: `{ "acme:shop/db": { grant, wit, functions } }`. Plugins
   * import it once they are granted it, as they are granted `clocks`.
   */
  readonly capabilities?: HostCapabilities;
  /**
   * Folder of plugins: `NAME.wasm` there is deployed as NAME, with the settings in `NAME.json` beside it, when the host begins and
   * whenever one of them changes. What is refused is printed, and what is live stays.
   */
  readonly plugins?: string;
  /** Fate of a plugin whose file there is deleted: kept (the default), or removed. */
  readonly pluginsGone?: WhenGone;
  /**
   * Registries that components may be pulled from: `ghcr.io`, a part of one such as `ghcr.io/acme`, `http://127.0.0.1:5000` for one of this
   * machine without TLS, and the word `private`, for those at private addresses too. None by default.
   */
  readonly registries?: readonly string[];
  /** File with logins for these, as `docker login` writes it. */
  readonly registryAuth?: string;
  /** Receiver of the lines that plugins write, besides the event log; by default standard error. */
  readonly log?: (line: LogLine) => void;
}

/** Host as `createHost` gives it. */
export interface Host extends AsyncDisposable {
  readonly registry: Registry;
  readonly store: Store;
  /** Tokens of those who use it over HTTP. */
  readonly tokens: IssuedTokens;
  /** Most that each limit of a plugin may be. */
  readonly ceilings: Ceilings;
  /** Account of whatever uploads and clients make the host keep in its heap. */
  readonly heap: HeapAccount;
  /** Calls of clients that come with an `Idempotency-Key`: each is made once. */
  readonly keyed: KeyedCalls;
  /** Figures of what its plugins do, as `GET /metrics` tells them. */
  readonly metrics: Metrics;
  /**
   * Plugin of that name, followed: what is looked up there goes on with whatever version is live. Rejects with
   * `plugin-not-found`.
   *
   * @example
   * ```ts
   * import { readFile } from "node:fs/promises";
   * import { createHost } from "hotcell";
   *
   * await using host = await createHost();
   * await host.registry.deploy("greet", await readFile("greet.wasm"));
   * const plugin = await host.plugin<{ greet: (name: string) => Promise<string> }>("greet");
   * console.log(await plugin.exports.greet("Ada")); // → Hello, Ada!
   * ```
   */
  plugin<Exports = UntypedExports>(name: string): Promise<HostedPlugin<Exports>>;
  /**
   * Hook point of all plugins that are held to a contract, as `registry.hook`, with values as JavaScript has them. Throws
   * `contract-not-found`.
   *
   * @example
   * ```ts
   * import { readFile } from "node:fs/promises";
   * import { createHost } from "hotcell";
   *
   * await using host = await createHost();
   * const greet = await readFile("greet.wasm");
   * await host.registry.contracts.put("greeting", greet, { plugins: ["greet-*"] });
   * for (const name of ["greet-1", "greet-2"]) await host.registry.deploy(name, greet);
   * const greeting = host.hook<{ greet: (name: string) => string }>("greeting", { deadline: 100 });
   * for (const { plugin, value } of await greeting.collect.greet("Ada")) console.log(plugin, value);
   * // → greet-1 Hello, Ada! → greet-2 Hello, Ada!
   * ```
   */
  hook<Exports = UntypedExports>(contract: string, options?: HookOptions): HostedHook<Exports>;
  /**
   * Component in a registry, by a reference such as `ghcr.io/acme/greet:1.2.0`; to deploy it with its origin:
   * `registry.deploy("greet", bytes, { origin })`. Rejects with `registry-not-allowed` where `registries` does not have it, and
   * with what its registry fails with.
   */
  pull(reference: string, signal?: AbortSignal): Promise<PulledComponent>;
  /**
   * Looks now at what a plugin follows by its setting `source`, and deploys what its tag stands for where that is new. Rejects
   * with what the registry fails with, and with what refuses the deployment.
   */
  checkSource(plugin: string): Promise<SourceCheck>;
  /** Hosts that serve from the same data folder, this one among them, oldest first. */
  nodes(): Promise<readonly ToldNode[]>;
  /** Key by which the hosts of a store on NATS know one another; undefined where there are no others. */
  readonly nodeKey: NodeKeyControl | undefined;
  /** True on the one host, of several that share what they serve from, that makes the calls of schedules. */
  leads(): boolean;
  /** Tells whoever finds the data folder in use where this host listens. */
  listensAt(address: string): void;
  /** Lets running calls end, then releases every cell, helper process and file. */
  close(): Promise<void>;
}

/** Object at least: what it lacks is told by `requireStore`, method by method. */
const aStore: Kind = { ...anObject, expected: "a Store, which is an object" };

const listOfTexts: Kind = {
  expected: "a list of texts",
  fits: (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
};

const kinds: { readonly [Name in keyof HostOptions]-?: Kind } = {
  data: aText,
  waitForData: count(0, "milliseconds"),
  signal: aSignal,
  keepVersions: count(1, "versions"),
  ceilings: anObject,
  allow: listOfTexts,
  capabilities: anObject,
  cellMemory: count(1, "bytes"),
  cells: count(1),
  processMemory: count(1, "bytes"),
  kvDisk: count(MiB, "bytes"),
  filesDisk: count(MiB, "bytes"),
  plugins: aText,
  pluginsGone: oneOf(["keep", "remove"]),
  registries: listOfTexts,
  registryAuth: aText,
  shareData: aYesOrNo,
  nodeAddress: aText,
  ownKeys: aYesOrNo,
  log: aFunction,
  store: aStore,
};

const ceilingKinds = Object.fromEntries([...limitNames, ...amountNames].map((name) => [name, count(0)]));

/** Capabilities whose data a shared store does not keep: each host would have others. */
const notShared: ReadonlyMap<string, string> = new Map([
  [
    "files",
    "Use `kv`, or files that come with the upload, which all hosts have; a host with a data folder grants it.",
  ],
]);

/**
 * Host that keeps plugins by name and replaces them while they are called. Throws `bad-settings` for an option that it
 * does not know or that is none, `data-in-use` when another host serves from the data folder, in this process or any
 * other, and `store-unavailable`, `store-corrupt` or `store-too-new` when that can't be used.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { createHost } from "hotcell";
 *
 * const host = await createHost();
 * const { outcome, revision } = await host.registry.deploy("greet", await readFile("greet.wasm"));
 * console.log(outcome, revision); // → created 1
 * console.log(await host.registry.callJson("greet", "greet", ["Ada"])); // → Hello, Ada!
 * await host.close();
 * ```
 */
export async function createHost(options: HostOptions = {}): Promise<Host> {
  checkOptions("createHost", options, kinds);
  const { data, store: given, waitForData, signal, keepVersions, cellMemory, cells, processMemory } = options;
  const { ceilings: lowered = {}, log = printLogLine, kvDisk, filesDisk, shareData = false } = options;
  checkOptions("the ceilings of createHost", lowered, ceilingKinds);
  const table = tableWith(options.capabilities, (error) => console.error(harmlessFault(error)));
  if (given !== undefined && data !== undefined) throw twoStores(data);
  if (given !== undefined) requireStore(given);
  const shared = given && isShared(given) ? given : undefined;
  const { nodeAddress: address, ownKeys = false } = options;
  const sharing = { data, shareData, store: shared, address, ownKeys };
  requireShared(sharing);
  const reach = { ...readReach(options.allow, "allow"), ...(shared && { lacks: notShared }) };
  const rules = readRegistries(options.registries ?? [], "registries");
  const { registryAuth } = options;
  await using opened = new AsyncDisposableStack();
  const lock =
    data === undefined
      ? undefined
      : opened.use(
          await FolderLock.take(data, {
            wait: waitForData,
            signal,
            shared: shareData,
            onWait: ({ message }) => console.error(harmlessLines(`Waiting for it to end: ${message}`)),
          }),
        );
  const version = ownVersion() ?? "unknown";
  const heap = new HeapAccount(undefined, observeBounds.memory.value);
  // First: of a backup that was put there, states of plugins are taken out with the rest.
  const store = given ?? opened.use(await openStore(data));
  const share = await joinHosts({ ...sharing, version, heap });
  const leads = share && (() => share.leads);
  opened.defer(() => share?.close());
  const leases = share?.leases ?? new LeaseTable().join(ownFacts(version));
  const events = new EventLog(store, keepVersions, heap);
  const limits = { ...(cellMemory !== undefined && { cellMemory }), ...(cells !== undefined && { cells }) };
  const engines = new Engines(limits, heap);
  const ceilings = { ...defaultCeilings, ...lowered };
  let closed = false;
  const told = (line: LogLine) => {
    log(line);
    if (!closed) events.log(line);
  };
  const files =
    data === undefined
      ? new MemoryFiles(heap)
      : new SqliteFiles({
          file: join(data, dataFiles.files),
          ...(filesDisk !== undefined && { maxBytes: filesDisk }),
        });
  const values = shared?.keyValue(kvDisk) ?? openKeyValue(data, heap, kvDisk);
  const owners = new BucketOwners();
  const drivers = new HostDrivers([
    ["files", filesDriver(files)],
    ["http-client", httpClientDriver({ reach })],
    ["key-value", new KeyValueDriver(values, owners)],
  ]);
  opened.defer(() => drivers.close());
  const budget = new ProcessBudget(processMemory);
  const links = new PluginLinks();
  const placements = new Placements(
    engines,
    told,
    budget,
    drivers.find,
    (plugin, capability, entry) => {
      if (!closed) events.reached(plugin, capability, entry);
    },
    links,
    share?.cells,
  );
  const starter = new Starter(placements, ceilings, share?.states);
  const metrics = new HostMetrics(version);
  opened.defer(() => metrics.close());
  const sources = new SourceTable();
  const neighbours = new Neighbours(leases);
  opened.defer(() => neighbours.close());
  const registry = await openRegistry(
    {
      ...{ starter, store, events, ceilings, table, reach, data: drivers, values, owners, sources },
      standing: neighbours.standing,
      ...(share && leads && { leads, others: share.rollouts }),
      meters: metrics.meters,
    },
    links,
  );
  await share?.serve(registry);
  await neighbours.look();
  metrics.lookAt(() => ({
    plugins: registry.deployed,
    damaged: registry.damaged,
    behind: registry.behind,
    hosts: neighbours.versions,
    cellMemory: engines.memory,
    processMemory: budget,
    heap,
  }));
  const tokens = await IssuedTokens.open(store);
  const pulls = opened.use(
    await RegistrySources.open({
      ...{ rules, auth: registryAuth, maxBytes: ceilings.componentBytes, sources, registry, leads },
      tell: (plugin, failure) => {
        if (!closed) events.sourceFailed(plugin, failure);
      },
      count: (outcome) => metrics.meters.sourceChecked(outcome),
    }),
  );
  const { plugins: folder, pluginsGone: whenGone = "keep" } = options;
  const source =
    folder === undefined ? undefined : await PluginsFolder.follow({ folder, whenGone, registry });
  // From here on closing is the host's.
  opened.move();
  const close = async () => {
    tokens.close();
    metrics.close();
    await source?.close();
    await pulls.close();
    share?.stop();
    await registry.close();
    await drivers.close();
    // What was dropped may be told a second later.
    closed = true;
    await events.close();
    await engines.close();
    await neighbours.close();
    await share?.close();
    if (given === undefined) await store.close();
    lock?.[Symbol.dispose]();
  };
  const listensAt = (address: string) => {
    lock?.listensAt(address);
    leases.listensAt(address).catch(() => {});
  };
  const plugin = async <Exports>(name: string) =>
    // The caller says what types they have; arguments are checked by those of WIT all the same.
    (await FollowedPlugin.follow(registry, name)) as unknown as HostedPlugin<Exports>;
  const hook = <Exports>(contract: string, options?: HookOptions) =>
    hostedHook(registry, contract, options) as unknown as HostedHook<Exports>;
  return {
    ...{ registry, store, tokens, ceilings, heap },
    keyed: share?.keyed ?? new MemoryCalls(heap),
    metrics,
    plugin,
    hook,
    checkSource: (name) => pulls.watch.check(name),
    pull: async (reference, signal) => pulls.client.pull(parseReference(reference), signal),
    nodes: () => toldNodes(leases),
    nodeKey: share?.nodeKey(events),
    leads: () => leads?.() ?? true,
    listensAt,
    close,
    [Symbol.asyncDispose]: close,
  };
}
