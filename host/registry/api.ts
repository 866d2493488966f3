/** The registry's promises to what calls it (HTTP, CLI, embedders). */

import type { GrantReach } from "../capabilities/grant-reach.ts";
import type { HttpExchange } from "../capabilities/http/http-exchange.ts";
import type { OfferedWit } from "../capabilities/offered-wit.ts";
import type { Json } from "../capabilities/secret.ts";
import type { ToldComponent } from "../component/metadata.ts";
import type { CallContext } from "../engine/call-context.ts";
import type { CallOptions } from "../placement/call-options.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { Piece } from "../platform/shared-thread.ts";
import type { Soon } from "../platform/soon.ts";
import type { JsonObject } from "../text/json-value.ts";
import type { VersionFile } from "../tree/file-tree.ts";
import type { FileChanges } from "../tree/tree-diff.ts";
import type { Change } from "../wit/diff/diff.ts";
import type { JsonFunction } from "../wit/json/json-function.ts";
import type { FunctionType, World } from "../wit/model.ts";
import type { ArgumentRoom } from "../wit/values/argument-room.ts";
import type { Contracts, HeldContract } from "./contracts/contracts.ts";
import type { Counters } from "./counters.ts";
import type { FormedHook, Hook, HookOptions } from "./hooks/hook.ts";
import type { PluginValues } from "./plugin-values.ts";
import type { PlannedRollout, RolloutOutcome } from "./rollout/rollout-slot.ts";
import type { OwnPlaces } from "./routing/own-places.ts";
import type { RouteIndex } from "./routing/route-index.ts";
import type { LostRoute } from "./routing/route-table.ts";
import type { Settings, SettingsInput, ShownAsked, ShownSettings } from "./settings/settings.ts";
import type { ChecksChange, SettingsChange } from "./settings/settings-changes.ts";
import type {
  PastDeployment,
  PastTrap,
  PlannedLinks,
  PluginCondition,
  PluginDetails,
  PluginSummary,
  Reading,
  VersionSummary,
} from "./told-plugins.ts";
import type { VersionSwap } from "./traffic/swap-listeners.ts";
import type { VersionOrigin } from "./version-origin.ts";

/** Conditions of a change, and who makes it. */
export interface Preconditions {
  /** Refuse (`stale-revision`) unless the plugin is at this revision, at one of these, or at `any`, so that it is there. */
  readonly ifRevision?: number | readonly number[] | "any";
  /** Refuse (`already-exists`) if the plugin exists. */
  readonly ifAbsent?: boolean;
  /** Who asks, for the history. */
  readonly who?: string;
  /**
   * Refuses, by throwing, changes of settings that who asks may not make: called with those that the request comes to
   * when its turn has come, once and before anything is done.
   */
  readonly authorize?: (changes: readonly SettingsChange[]) => void;
  /**
   * Who asks may call the plugin, and so see what its functions return where a check fails. Absent: yes.
   */
  readonly mayCall?: boolean;
  /** Tells whether who asks may do as much with another plugin as a grant would give. Absent: yes. */
  readonly mayReach?: (reach: Pick<GrantReach, "plugin" | "permission">) => boolean;
}

export interface RemoveOptions extends Preconditions, Breaking {
  /**
   * Fate of data that the plugin has beyond its deployments, such as values of `wasi:keyvalue`: kept for whatever is
   * deployed under its name again, or removed for good. Absent: `data-kept` where there are any.
   */
  readonly keepData?: boolean;
}

/** Options of `Registry.configure`. */
export interface ConfigureOptions extends Preconditions {
  /** Report the whole plan; change nothing. */
  readonly dryRun?: boolean;
  /** Start a new cell, where the change takes one, though the plugin's state is lost with the old one. */
  readonly allowStateLoss?: boolean;
  /** All hosts get it at once, though its setting `rollout` would have one of them try it first. */
  readonly atOnce?: boolean;
}

/** Leave to break others. */
export interface Breaking {
  /** Plugins that are linked to this one whose calls may fail from now on. */
  readonly breaks?: readonly string[];
}

export interface DeployOptions extends ConfigureOptions, Breaking {
  /** Merged into those the plugin has, as a patch of `configure` is. */
  readonly settings?: SettingsInput;
  /** Capabilities that are granted besides, each plainly, unless the settings grant or deny it. */
  readonly grant?: readonly string[];
  /**
   * Checks in the `calls.json` format, which the new version must pass. Absent: those the plugin has; `null`: none from
   * now on.
   */
  readonly checks?: unknown;
  /** Accept breaking changes against the live version. */
  readonly allowBreaking?: boolean;
  /**
   * Files that come with the component, by relative paths (`img/logo.svg`): the plugin reads them below `/`, and they are
   * part of the version. Those of the version before are not taken over.
   */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Place in a registry that it was pulled from, for the history. */
  readonly origin?: VersionOrigin;
}

/** `configured`: settings changed, and the cells that were running run on. */
export type Outcome = "created" | "swapped" | "configured" | "unchanged" | "planned";

/**
 * State of a `shared` cell, when something changes: `kept`, because the cell goes on; handed over by way of
 * `hotcell:plugin/state`; lost with the cell; or there was `none`.
 */
export type StateFate = "kept" | "handed-over" | "lost" | "none";

export interface Deployment extends ToldComponent {
  readonly plugin: string;
  readonly outcome: Outcome;
  readonly revision: number;
  /** The version's digest: of the component, or over component and files where files came with it. */
  readonly version: string;
  /** Bytes of the component, and of its files. */
  readonly size: number;
  /** The settings that hold. */
  readonly settings: ShownSettings;
  /** The part of them that was asked for. */
  readonly asked: ShownAsked;
  /** The settings that are, or would be, others than before; for a new plugin, than the defaults. */
  readonly settingsChanges: readonly (SettingsChange | ChecksChange)[];
  readonly state: StateFate;
  /** The world as WIT, with the docs that came with it. */
  readonly world: string;
  /** Against what was live before; empty for a first deployment. */
  readonly changes: readonly Change[];
  /** Files that are, or would be, others than in the version before; absent where all are the same. */
  readonly files?: FileChanges;
  /** Absent where there are none. */
  readonly links?: PlannedLinks;
  /** Contracts that it is held to; absent where there are none. */
  readonly contracts?: readonly HeldContract[];
  /** Place that it was pulled from; absent where it came otherwise. */
  readonly origin?: VersionOrigin;
  /** Rollout that it was; absent where all hosts got it at once. */
  readonly rollout?: RolloutOutcome;
  /** Rollout that it would be, where this is a plan; absent where all hosts would get it at once. */
  readonly plannedRollout?: PlannedRollout;
  /** Milliseconds by stage, in order. */
  readonly timings: Readonly<Record<string, number>>;
}

/**
 * A function of the version that is live when it is looked up. To be called at once: when its version has been
 * replaced it throws `closed`.
 */
export interface Callable {
  /** `name` or `ns:pkg/iface@1.0.0#name`. */
  readonly name: string;
  readonly type: FunctionType;
  /** Its arguments and results as JSON. */
  readonly json: JsonFunction;
  /** Throws, for arguments that come as text, `argument-too-large` for more bytes than `limits.argumentBytes`. */
  requireArgumentBytes(bytes: number): void;
  /** Error to throw where its result can't be answered with: counted, and named. */
  readonly unanswerable: (error: unknown) => unknown;
  /**
   * Room for what those arguments become, twice as many bytes; to be released when the call has ended. Draws on `heap`,
   * if it is given.
   */
  argumentRoom(heap?: HeapAccount): ArgumentRoom;
  /** Throws, for arguments that come as values, `argument-too-large` for more than there may be in that room. */
  requireArgumentWeight(weight: number): void;
  /**
   * Arguments in the JS mapping, valid for `type`. Resolves to the result in the JS mapping; a top-level
   * `result` gives its ok value or throws ComponentError; throws TrapError. What it used is written to `context`; see
   * CallOptions for its signal and deadline.
   */
  call(args: readonly unknown[], context?: CallContext): Promise<unknown>;
  /** The same without a promise where nothing has to be waited for: gives the result at once, or throws at once. */
  callSoon(args: readonly unknown[], context?: CallContext): Soon<unknown>;
  /**
   * The same with JSON data, as HTTP takes and gives it: an array or object of arguments in, the result out, null for
   * none. Throws what HTTP answers with, `error.toProblem()` being the body of the answer.
   */
  callJson(args?: unknown, options?: CallOptions): Promise<Json>;
  /** Does work that belongs to a call when the thread that all share is free for it. */
  whenFree<T>(piece: Piece, work: () => T): Promise<T>;
}

/** Places at which plugins answer over HTTP, by their settings. */
export interface Routes {
  /** Routes that hold at present. */
  readonly index: RouteIndex;
  /** Says where the host itself answers: no plugin can claim that, and what is stored of such claims loses. */
  reserve(own: OwnPlaces): void;
  /** Stored routes that don't hold, by plugin. */
  allLost(): ReadonlyMap<string, readonly LostRoute[]>;
}

/** Settings by which requests for a plugin are let in; the host's way is for all who set nothing else. */
export type Admission = Pick<Settings, "access" | "rate" | "routes">;

/**
 * HTTP handler of the version that is live when it is looked up. To be called at once: when its version has been replaced it
 * throws `closed`.
 */
export interface Handler {
  readonly plugin: string;
  /** Limits that hold at present: bytes of the bodies. */
  readonly limits: { readonly requestBytes: number; readonly responseBytes: number };
  /**
   * Lets the plugin answer. Resolves when the guest's side of the exchange has ended; rejects with what a call rejects
   * with, with `no-response` and `handler-error`, and `body-too-large`. Whoever holds the exchange answers with that error
   * where no response has begun; where one has, its body is cut off by then.
   */
  handle(exchange: HttpExchange, context?: CallContext): Promise<void>;
  /** The same; what it came to is there at once, or thrown, unless somebody had to be waited for. */
  handleSoon(exchange: HttpExchange, context?: CallContext): Soon<void>;
  /**
   * Does something small that throws nothing, such as sending a short answer, at the end of this turn of the event loop, with all
   * that was put off in it; before that where a call comes that may take long.
   */
  putOff(work: () => void): void;
}

/**
 * Every method throws HotcellError; names it doesn't know give `plugin-not-found` with near misses. What reads or
 * changes more than the present state asks the store, and throws what it throws.
 */
export interface Registry extends AsyncDisposable {
  readonly routes: Routes;
  readonly contracts: Contracts;
  /** Number of plugins that are deployed. */
  readonly deployed: number;
  /** Number of plugins that can't run because what is stored of them is damaged; the others do. */
  readonly damaged: number;
  /** Number of plugins of which something else runs than what another host has made of them, because that does not start here. */
  readonly behind: number;
  /**
   * Deployment of a component under a name, which it takes from the version that is live, if there is one. Rejects with
   * what refuses it, and then nothing has changed.
   *
   * @example
   * ```ts
   * import { readFile } from "node:fs/promises";
   * import { createHost } from "hotcell";
   *
   * const { registry, close } = await createHost();
   * const time = await readFile("friendly-time-v1.wasm");
   * const plan = await registry.deploy("time", time, { grant: ["clocks"], dryRun: true });
   * console.log(plan.outcome, plan.revision); // → planned 1
   * const settings = { grants: { clocks: { fixed: "2026-11-22T10:15:02Z" } } };
   * const { outcome, world } = await registry.deploy("time", time, { settings });
   * console.log(outcome, world.includes("export get-friendly-time: func() -> string;")); // → created true
   * await close();
   * ```
   */
  deploy(name: string, bytes: Uint8Array, options?: DeployOptions): Promise<Deployment>;
  /**
   * Changes settings (a merge patch, RFC 7396); itself a new revision. Throws `state-loss` where that takes a new cell,
   * and the live one has state that can't be handed over.
   *
   * @example
   * ```ts
   * import { readFile } from "node:fs/promises";
   * import { createHost } from "hotcell";
   *
   * const { registry, close } = await createHost();
   * await registry.deploy("greet", await readFile("greet.wasm"));
   * const { outcome, settings } = await registry.configure("greet", { limits: { queue: 10 } });
   * console.log(outcome, settings.limits.queue); // → configured 10
   * await registry.configure("greet", { limits: { queue: null } });
   * console.log(registry.details("greet").settings.limits.queue); // → 1000
   * await close();
   * ```
   */
  configure(name: string, patch: SettingsInput, options?: ConfigureOptions): Promise<Deployment>;
  /**
   * Makes an earlier version live again: `to`, or the one live before this one. Breaking changes are accepted.
   *
   * @example
   * ```ts
   * import { readFile } from "node:fs/promises";
   * import { createHost } from "hotcell";
   *
   * const { registry, close } = await createHost();
   * await registry.deploy("greet", await readFile("greet.wasm"));
   * await registry.deploy("greet", await readFile("counter.wasm"), { allowBreaking: true });
   * await registry.rollback("greet");
   * console.log(await registry.callJson("greet", "greet", ["Ada"])); // → Hello, Ada!
   * await close();
   * ```
   */
  rollback(name: string, to?: string, preconditions?: Preconditions & Breaking): Promise<Deployment>;
  /**
   * Removes a plugin. Where it is gone already, `keepData: false` removes the data that were kept then. Throws
   * `has-dependants` where other plugins are linked to it.
   */
  remove(name: string, options?: RemoveOptions): Promise<void>;
  /**
   * Stops the rollout of a plugin, whichever host leads it: what was live before is live there again. Resolves when that host has been
   * told. Throws `bad-request` where no host rolls it out.
   */
  stopRollout(name: string, who?: string): Promise<void>;

  /** All plugins. */
  list(): PluginSummary[];
  /** Revision of the live version; undefined where there is none. */
  revision(name: string): number | undefined;
  /** All that is told of one. Throws `plugin-not-found`. */
  details(name: string, reading?: Reading): PluginDetails;
  /** Part of its `details` that becomes another by itself: its schedule, the source that it follows. Throws `plugin-not-found`. */
  condition(name: string): PluginCondition;
  /** Counters of its calls, as `details` tells them. Throws `plugin-not-found`. */
  counters(name: string): Counters;
  /** Newest calls that ended their cell, newest first; the host remembers few, and only while it runs. Throws `plugin-not-found`. */
  traps(name: string): readonly PastTrap[];
  /** Settings by which requests for the plugin are let in; undefined where there is no such plugin. */
  admission(name: string): Admission | undefined;
  /** Counts a request that was refused before it reached the plugin, among the limits that were met. */
  countRefusal(name: string, error: unknown): void;
  /** Counts header fields of the plugin's HTTP answers that its origin does not let through. */
  countDroppedFields(name: string, fields: number): void;
  /** Values by key of a plugin, for its owner: what the plugin has by the grant `kv`. */
  values(name: string): PluginValues;
  /** Versions that are kept, with the revisions at which each was live. Rejects with `plugin-not-found`. */
  versions(name: string): Promise<VersionSummary[]>;
  /** Newest first, from below revision `before`; of a removed plugin its removal is left. */
  deployments(name: string, page?: { before?: number; limit?: number }): Promise<PastDeployment[]>;
  /**
   * Place in a registry that the live version was pulled from, or the `newest` of its history that was; undefined where it came otherwise.
   * Rejects with `plugin-not-found`.
   */
  origin(name: string, of?: "live" | "newest"): Promise<VersionOrigin | undefined>;
  /** Packages of WIT that plugins may import from, of capabilities of the embedder's too. */
  offered(): OfferedWit[];
  /** JSON Schema of settings as uploads and changes of settings take them on this host. */
  settingsDocument(): JsonObject;
  /** `version`: a digest, or absent for the live one. */
  world(name: string, version?: string): Promise<World>;
  /** Bytes of a version. Rejects with `plugin-not-found` and `version-not-found`. */
  wasm(name: string, version: string): Promise<Uint8Array>;
  /** Files that came with a version, in the order of their paths. Throws `version-not-found`. */
  files(name: string, version: string): Promise<readonly VersionFile[]>;
  /** One of them with its bytes, by its path. Throws `version-not-found` and `file-not-found`. */
  file(name: string, version: string, path: string): Promise<VersionFile & { readonly bytes: Uint8Array }>;
  /** Changes from one version's world to another's. Rejects as `wasm` does. */
  diff(name: string, from: string, to: string): Promise<readonly Change[]>;
  /**
   * Makes what runs of a plugin match what the store has of it, which another host on the same store may have changed, as the
   * host does by itself whenever it hears of a change; for whoever won't wait for that. Calls go on meanwhile. Rejects with what
   * starting the stored version throws; then what runs goes on, and it is tried again.
   */
  reconcile(name: string): Promise<void>;

  /**
   * Undefined where this host knows that revision, and what runs is of it or runs not yet; else a promise of that. Rejects as `reconcile`
   * does.
   */
  reach(name: string, revision: number): Promise<void> | undefined;
  /**
   * Makes the cell of a plugin that has not run since the host started, as the first call would. Undefined when it is
   * ready.
   */
  wake(name: string): Promise<void> | undefined;
  /**
   * `path`: `function`, `interface/function` or the full id `ns:pkg/iface@1.0.0/function`, kebab-case or camelCase.
   * A promise only where the plugin has not run since the host started: it is woken first. Throws or rejects with
   * `function-not-found` with near misses.
   */
  callable(name: string, path: string): Callable | Promise<Callable>;
  /**
   * HTTP handler of the live version, woken as by `callable`. Throws or rejects with `no-handler` where it exports no
   * `wasi:http/incoming-handler`.
   */
  handler(name: string): Handler | Promise<Handler>;
  /** See `Handler.putOff`: the same for an answer that no handler gave. */
  putOff(work: () => void): void;
  /** Wakes the plugin, finds the function of its live version, and calls it: `POST /call/{name}/{path}` in code. */
  callJson(name: string, path: string, args?: unknown, options?: CallOptions): Promise<Json>;

  /** Hook point of all plugins that are held to a contract. Throws `contract-not-found`. */
  hook(contract: string, options?: HookOptions): Hook;
  /** The same for doors of a host, whose values are in forms of their own. */
  formedHook(contract: string, options?: HookOptions): FormedHook;

  /**
   * Calls the listener whenever calls begin to go to another version of that plugin, until what it gives is disposed of. The plugin
   * may come later.
   */
  onSwap(name: string, listener: (swap: VersionSwap) => void): Disposable;

  /** Refuses new work, lets calls in flight end, releases every cell. */
  close(): Promise<void>;
}
