import { publicReach } from "../backends/http-client/client-settings.ts";
import type { BucketOwners } from "../backends/key-value/bucket-owners.ts";
import type { KeyValueStore } from "../backends/key-value/key-value-store.ts";
import { MemoryKeyValue } from "../backends/key-value/memory-key-value.ts";
import { nodeBounds } from "../bounds/node-bounds.ts";
import { standardTable } from "../capabilities/capability-table.ts";
import { keyValue } from "../capabilities/key-value/key-value.ts";
import { offeredWit } from "../capabilities/offered-wit.ts";
import { unlessLeft } from "../engine/call-context.ts";
import { asHotcellError } from "../errors.ts";
import { HostMeters } from "../observe/host-meters.ts";
import { callWithin } from "../placement/call-options.ts";
import {
  aFunction,
  anObject,
  aText,
  aYesOrNo,
  checkOptions,
  type Kind,
  requireKind,
  texts,
} from "../platform/code-options.ts";
import { harmlessLines } from "../text/harmless.ts";
import { nearest } from "../text/nearest.ts";
import { diffWorlds } from "../wit/diff/diff.ts";
import type {
  Breaking,
  Callable,
  ConfigureOptions,
  DeployOptions,
  Handler,
  Preconditions,
  Registry,
  RemoveOptions,
} from "./api.ts";
import { ContractTable } from "./contracts/contract-table.ts";
import type { PluginContext } from "./deploy/target.ts";
import type { HookMeans } from "./hooks/hook-members.ts";
import { formedHook, openHook } from "./hooks/open-hook.ts";
import { noData } from "./kept-data.ts";
import { LinkTable } from "./links/link-table.ts";
import type { PluginLinks } from "./links/plugin-links.ts";
import { OwnedValues } from "./owned-values.ts";
import { DeployedPlugin } from "./plugin.ts";
import { checkName, pluginNotFound } from "./plugin-names.ts";
import { pluginDamaged } from "./records/damage.ts";
import { askForStop, takePart } from "./rollout/take-part.ts";
import { RouteTable } from "./routing/route-table.ts";
import { Schedules } from "./schedule/schedules.ts";
import { settingsDocument } from "./settings/settings-document.ts";
import { SourceTable } from "./source-table.ts";
import { StandingTable } from "./standing.ts";
import { StoreFollower } from "./store-follower.ts";
import { hostClosing } from "./traffic/retired-errors.ts";
import { SwapListeners } from "./traffic/swap-listeners.ts";
import { originIn } from "./version-origin.ts";

const aBinary: Kind = {
  expected: "a component's bytes, a Uint8Array",
  fits: (value) => value instanceof Uint8Array,
};

const preconditionKinds = {
  ifRevision: { expected: 'a revision, an array of them, or "any"', fits: isRevision },
  ifAbsent: aYesOrNo,
  who: aText,
  authorize: aFunction,
  mayCall: aYesOrNo,
  mayReach: aFunction,
} satisfies Record<keyof Preconditions, Kind>;

const breakingKinds = { ...preconditionKinds, breaks: texts } satisfies Record<
  keyof (Preconditions & Breaking),
  Kind
>;

const configureKinds = {
  ...preconditionKinds,
  dryRun: aYesOrNo,
  allowStateLoss: aYesOrNo,
  atOnce: aYesOrNo,
} satisfies Record<keyof ConfigureOptions, Kind>;

const removeKinds = {
  ...breakingKinds,
  keepData: aYesOrNo,
} satisfies Record<keyof RemoveOptions, Kind>;

const filesByPath: Kind = {
  expected: "a Map of Uint8Arrays by their paths",
  fits: (value) =>
    value instanceof Map &&
    [...value].every(([path, bytes]) => typeof path === "string" && bytes instanceof Uint8Array),
};

const anOrigin: Kind = {
  expected: "an object with the texts oci and digest",
  fits: (origin) => originIn({ origin }) !== undefined,
};

const deployKinds = {
  ...configureKinds,
  settings: anObject,
  grant: texts,
  // Judged by `parseChecks`.
  checks: { expected: "checks", fits: () => true },
  allowBreaking: aYesOrNo,
  files: filesByPath,
  breaks: texts,
  origin: anOrigin,
} satisfies Record<keyof DeployOptions, Kind>;

function isRevision(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((each) => Number.isSafeInteger(each));
  return value === "any" || Number.isSafeInteger(value);
}

/**
 * Parts of a registry; without a table of capabilities it can grant those of every host, and where nothing is said of
 * data of plugins there are none.
 */
type RegistryParts = Omit<
  PluginContext,
  | "routes"
  | "links"
  | "contracts"
  | "schedules"
  | "sources"
  | "swaps"
  | "peer"
  | "table"
  | "data"
  | "reach"
  | "meters"
  | "standing"
> &
  Partial<Pick<PluginContext, "sources" | "table" | "data" | "reach" | "meters" | "standing">> & {
    readonly values?: KeyValueStore;
    readonly owners?: BucketOwners;
    /** True on the one host, of several, that makes the calls of schedules; absent: this one does. */
    readonly leads?: () => boolean;
  };

/** The plugins of a store. Their cells are made when they are first needed. `calls` are those of one by another. */
export async function openRegistry(
  { values = new MemoryKeyValue(), owners, leads, ...parts }: RegistryParts,
  calls?: PluginLinks,
): Promise<Registry> {
  const routes = new RouteTable();
  const links = new LinkTable();
  const swaps = new SwapListeners();
  const schedules = new Schedules({
    call: async (plugin, { call, arguments: args = [] }) =>
      (await callable(plugin, call)).callJson(args, { caller: "schedule" }),
    tell: (plugin, event) => parts.events.scheduled(plugin, event),
    ...(leads && { leads }),
  });
  const plugins = new Map<string, DeployedPlugin>();
  const peer = (name: string) => {
    const plugin = plugins.get(name);
    return plugin?.deployed ? plugin : undefined;
  };
  const deployed = () => [...plugins.values()].filter((plugin) => plugin.deployed);
  const contracts = await ContractTable.open(parts.store, deployed);
  const shared = { routes, links, contracts, schedules, swaps, peer };
  const meters = new HostMeters();
  const sources = new SourceTable();
  const context = {
    sources,
    table: standardTable,
    data: noData,
    reach: publicReach,
    standing: new StandingTable(),
    meters,
    ...parts,
    ...shared,
  };
  let closing = false;
  const follower = await StoreFollower.watch(
    context.store,
    (name, revision) => touch(name, (plugin) => plugin.follow(revision)),
    (event) => context.standing.follow(event),
  );
  const unwatch = takePart(context, (plugin) => plugins.get(plugin));
  const unfollow = async () => {
    unwatch();
    await follower.close();
    contracts.close();
  };
  const records = await context.store.list().catch(async (error: unknown) => {
    await unfollow();
    throw error;
  });
  for (const record of records) plugins.set(record.name, new DeployedPlugin(record.name, context, record));
  reportDamage([...plugins.values()]);
  const verifying = verifyBinaries([...plugins.values()], () => closing);
  const telling = schedules.tellMissed(parts.store, (name) => plugins.get(name)?.summary().deployedAt);

  const find = (name: string): DeployedPlugin => {
    const plugin = plugins.get(name);
    if (plugin?.deployed) return plugin;
    const names = deployed().map((p) => p.name);
    throw pluginNotFound(name, nearest(name, names));
  };
  const known = (name: string): DeployedPlugin => {
    const plugin = plugins.get(name) ?? new DeployedPlugin(name, context);
    plugins.set(name, plugin);
    return plugin;
  };
  /** A first upload that was refused leaves nothing behind. */
  const forgetUntouched = (plugin: DeployedPlugin) => {
    if (!plugin.untouched || plugins.get(plugin.name) !== plugin) return;
    plugins.delete(plugin.name);
    context.meters.forget(plugin.name);
    context.standing.note(plugin.name, undefined);
  };
  const touch = async <T>(name: string, work: (plugin: DeployedPlugin) => Promise<T>): Promise<T> => {
    const plugin = known(name);
    try {
      return await work(plugin);
    } finally {
      forgetUntouched(plugin);
    }
  };
  const refuseWhenClosing = () => {
    if (closing) throw hostClosing();
  };

  const reconcile = async (name: string) => {
    refuseWhenClosing();
    checkName(name);
    await touch(name, (plugin) => plugin.reconcile());
  };
  const wake = (name: string) => (closing ? Promise.reject(hostClosing()) : plugins.get(name)?.wake());
  /** Meanwhile it may have been replaced or removed. */
  const woken = (name: string): Promise<void> => {
    const plugin = find(name);
    refuseWhenClosing();
    plugin.requireSound();
    return Promise.resolve(plugin.wake());
  };
  const keyValueOf = (name: string) => peer(name)?.record.served.grants.settingsOf(keyValue);
  owners?.connect(keyValueOf);
  calls?.connect({ choose: (name) => plugins.get(name)?.choose(), woken: async (name) => woken(name) });
  const callable = (name: string, path: string): Callable | Promise<Callable> => {
    if (typeof name !== "string") requireKind("The plugin's name", name, aText, "name");
    if (typeof path !== "string") requireKind("The function's name", path, aText, "path");
    const version = plugins.get(name)?.choose();
    return version ? version.callable(path) : woken(name).then(() => callable(name, path));
  };
  const handler = (name: string): Handler | Promise<Handler> => {
    if (typeof name !== "string") requireKind("The plugin's name", name, aText, "name");
    const version = plugins.get(name)?.choose();
    return version ? version.handler() : woken(name).then(() => handler(name));
  };

  const callJson: Registry["callJson"] = (name, path, args, options) =>
    callWithin("callJson", path, options, async (context) => {
      const found = callable(name, path);
      const ready = found instanceof Promise ? await unlessLeft(context, path, found) : found;
      return ready.callJson(args, options);
    });

  const hooks: HookMeans = {
    contracts,
    plugin: (name) => find(name),
    woken,
    tell: (plugin, contract, change) => parts.events.hookChanged(plugin, contract, change),
  };

  const keepStates = () => {
    const now = performance.now();
    for (const plugin of plugins.values()) plugin.keepState(now);
  };
  const keeping = context.starter.states && setInterval(keepStates, nodeBounds.keepEvery.value).unref();

  const close = async () => {
    closing = true;
    clearInterval(keeping);
    await unfollow();
    schedules.close();
    await Promise.all([verifying, telling]);
    await closeCallersFirst([...plugins.values()], links);
  };

  follower.begin();
  return {
    routes,
    contracts,
    get deployed() {
      return deployed().length;
    },
    get damaged() {
      return deployed().filter((plugin) => plugin.damage).length;
    },
    get behind() {
      return context.standing.behind;
    },
    async deploy(name, bytes, options = {}) {
      refuseWhenClosing();
      checkName(name);
      requireKind("What is deployed", bytes, aBinary, "bytes");
      checkOptions("deploy", options, deployKinds);
      return touch(name, (plugin) => plugin.deploy(bytes, options));
    },
    async configure(name, patch, options = {}) {
      refuseWhenClosing();
      requireKind("The settings", patch, anObject, "settings");
      checkOptions("configure", options, configureKinds);
      return find(name).configure(patch, options);
    },
    async rollback(name, to, preconditions = {}) {
      refuseWhenClosing();
      if (to !== undefined) requireKind("The version to go back to", to, aText, "to");
      checkOptions("rollback", preconditions, breakingKinds);
      return find(name).rollback(to, preconditions);
    },
    async remove(name, options = {}) {
      refuseWhenClosing();
      checkOptions("remove", options, removeKinds);
      const { keepData, who } = options;
      if (keepData === false && !plugins.get(name)?.deployed) {
        if (await touch(name, (plugin) => plugin.forgetLeft(who))) return;
      }
      return find(name).remove(options);
    },
    stopRollout: async (name, who) => askForStop(find(name), who),
    list: () =>
      deployed()
        .map((plugin) => plugin.summary())
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    revision: (name) => plugins.get(name)?.revision,
    details: (name, reading) => find(name).details(reading),
    condition: (name) => find(name).condition(),
    counters: (name) => find(name).counters(),
    traps: (name) => find(name).usages.lastTraps,
    admission: (name) => plugins.get(name)?.admission,
    countRefusal: (name, error) => plugins.get(name)?.usages.refused(asHotcellError(error)),
    countDroppedFields: (name, fields) => plugins.get(name)?.usages.droppedOf(fields),
    values: (name) => {
      requireKind("The plugin's name", name, aText, "name");
      return new OwnedValues(name, {
        store: values,
        ceilings: context.ceilings,
        settings: () => keyValueOf(name),
        requireDeployed: () => void find(name),
        changed: (who, change) => context.events.valueChanged(name, who, change),
      });
    },
    origin: async (name, of = "live") => find(name).origin(of),
    versions: async (name) => find(name).history.versions(),
    deployments: async (name, page) => (plugins.get(name) ?? find(name)).history.deployments(page),
    offered: () => offeredWit(context.table),
    settingsDocument: () => settingsDocument(context.table, context.ceilings),
    world: async (name, version) => (await find(name).components.get(version)).world,
    wasm: async (name, version) => find(name).components.wasm(version),
    files: async (name, version) => find(name).components.files(version),
    file: async (name, version, path) => find(name).components.file(version, path),
    async diff(name, from, to) {
      const plugin = find(name);
      return diffWorlds((await plugin.components.get(from)).world, (await plugin.components.get(to)).world);
    },
    reconcile,
    reach: (name, revision) =>
      plugins.has(name) || closing
        ? plugins.get(name)?.reach(revision)
        : touch(name, (plugin) => plugin.follow(revision)),
    wake,
    callable,
    onSwap(name, listener) {
      requireKind("The plugin's name", name, aText, "name");
      requireKind("The listener", listener, aFunction, "listener");
      return swaps.add(name, listener);
    },
    handler,
    putOff: (work) => context.starter.putOff(work),
    hook: (contract, options) => openHook(hooks, contract, options),
    formedHook: (contract, options) => formedHook(hooks, contract, options),
    callJson,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Ends each plugin when those are ended that are linked to it, so that their calls come to their end. */
async function closeCallersFirst(plugins: readonly DeployedPlugin[], links: LinkTable): Promise<void> {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const closings = new Map<string, Promise<void>>();
  const close = (plugin: DeployedPlugin): Promise<void> => {
    let closing = closings.get(plugin.name);
    if (closing) return closing;
    // Hosts on one store may have made a circle together: whoever comes round to this one does not wait for it.
    closings.set(plugin.name, Promise.resolve());
    const callers = links.dependants(plugin.name).flatMap((name) => byName.get(name) ?? []);
    closing = Promise.all(callers.map(close)).then(() => plugin.close());
    closings.set(plugin.name, closing);
    return closing;
  };
  await Promise.all(plugins.map(close));
}

/** Damaged plugins that the host's log names; the others are counted. */
const namedInLog = 20;

function reportDamage(plugins: readonly DeployedPlugin[]): void {
  const damaged = plugins.filter((plugin) => plugin.deployed && plugin.damage);
  for (const { name, damage } of damaged.slice(0, namedInLog)) {
    console.error(harmlessLines(pluginDamaged(name, damage!).message));
  }
  if (damaged.length > namedInLog)
    console.error(harmlessLines(`… and ${damaged.length - namedInLog} more plugins.`));
}

/** One after the other, so that nobody waits for more than one. */
async function verifyBinaries(plugins: readonly DeployedPlugin[], ending: () => boolean): Promise<void> {
  for (const plugin of plugins) {
    if (ending()) return;
    await plugin.verify();
  }
}
