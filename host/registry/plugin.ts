/** One plugin: what the store remembers of it, its live version, and its deployments, one at a time. */
import { isDeepStrictEqual } from "node:util";
import { keepSecrets } from "../capabilities/env.ts";
import { redact, sameSettings } from "../capabilities/secret.ts";
import type { Component } from "../component/component.ts";
import { inspectComponent } from "../component/inspect.ts";
import { HotcellError } from "../errors.ts";
import type { PluginRecord, Store } from "../store/store.ts";
import { type Change, diffWorlds } from "../wit/diff.ts";
import { isObject } from "../wit/json-decode.ts";
import { type About, aboutComponent } from "./about.ts";
import type {
  Deployment,
  DeployOptions,
  Outcome,
  PluginDetails,
  PluginSummary,
  Preconditions,
} from "./api.ts";
import { type Checks, parseChecks } from "./checks.ts";
import type { EventLog } from "./event-log.ts";
import { checkPreconditions, refuseBreaking, requireChecks } from "./gates.ts";
import { handOver } from "./handover.ts";
import { History } from "./history.ts";
import { type Ceilings, readable } from "./limits.ts";
import type { Live } from "./live.ts";
import {
  parseSettings,
  patchSettings,
  type Settings,
  type SettingsInput,
  storedSettings,
} from "./settings.ts";
import { settingsChanges } from "./settings-changes.ts";
import type { Starter } from "./starter.ts";
import { Transaction } from "./transaction.ts";
import { Usages } from "./usages.ts";

export interface PluginContext {
  readonly starter: Starter;
  readonly store: Store;
  readonly events: EventLog;
  /** For the limits of all plugins. */
  readonly ceilings: Ceilings;
}

interface Running {
  readonly component: Component;
  readonly live: Live;
}

/** What is to become live. */
interface Candidate {
  readonly component: Component;
  readonly settings: Settings;
  readonly checks: Checks | undefined;
  /** The bytes came with the request, and may not be stored yet. */
  readonly uploaded: boolean;
  /** Whether it has to pass the checks. */
  readonly checked: boolean;
}

export class DeployedPlugin {
  readonly name: string;
  readonly history: History;
  readonly #context: PluginContext;
  readonly #usages = new Usages();
  /** Undefined until something is committed. */
  #record: PluginRecord | undefined;
  /** Of the record's live version; undefined until it is needed. */
  #running: Running | undefined;
  #waking: Promise<void> | undefined;
  /** Deployments wait here for the one before. */
  #tail: Promise<unknown> = Promise.resolve();
  #pending = 0;
  readonly #draining = new Set<Promise<void>>();

  constructor(name: string, context: PluginContext, record?: PluginRecord) {
    this.name = name;
    this.history = new History(name, context.store);
    this.#context = context;
    this.#record = record;
  }

  get deployed(): boolean {
    return this.#record?.live !== undefined;
  }

  /** Undefined when nothing is deployed, and until `wake` has run. */
  get live(): Live | undefined {
    return this.#running?.live;
  }

  /** Nothing was ever deployed here and nothing is under way. */
  get untouched(): boolean {
    return this.#record === undefined && this.#pending === 0;
  }

  /** See `Registry.wake`. */
  wake(): Promise<void> | undefined {
    if (this.#running || !this.deployed) return undefined;
    this.#waking ??= this.#serially(async () => {
      if (!this.#running && this.deployed) await this.#run();
    }).finally(() => {
      this.#waking = undefined;
    });
    return this.#waking;
  }

  deploy(bytes: Uint8Array, options: DeployOptions): Promise<Deployment> {
    return this.#transact(options, async (transaction) => {
      checkPreconditions(this.name, this.#revisionLive(), options);
      const settings = this.#settingsWith(options);
      this.#authorize(settings, options);
      const component = transaction.step("inspected", () => inspectComponent(bytes, settings.limits));
      const checks = options.checks === undefined ? this.#checks() : parseChecks(options.checks);
      return this.#goLive(
        { component, settings, checks, uploaded: true, checked: true },
        options,
        transaction,
      );
    });
  }

  configure(patch: SettingsInput, preconditions: Preconditions): Promise<Deployment> {
    return this.#transact(preconditions, async (transaction) => {
      const { digest } = this.#require();
      checkPreconditions(this.name, this.#revisionLive(), preconditions);
      const settings = patchSettings(this.#settings(), patch, this.#context.ceilings);
      this.#authorize(settings, preconditions);
      const component = await transaction.stepAsync("inspected", () => this.#inspect(digest, settings));
      const candidate = { component, settings, checks: this.#checks(), uploaded: false, checked: true };
      return this.#goLive(candidate, preconditions, transaction);
    });
  }

  rollback(to: string | undefined, preconditions: Preconditions): Promise<Deployment> {
    return this.#transact(preconditions, async (transaction) => {
      this.#require();
      checkPreconditions(this.name, this.#revisionLive(), preconditions);
      const target = to ?? (await this.history.previousVersion());
      if (target === undefined) {
        throw new HotcellError("nothing-to-roll-back", `${this.name} has had only one version so far.`, {
          subject: this.name,
          remedy: "Upload another version first.",
        });
      }
      const settings = this.#settings();
      this.#authorize(settings, preconditions);
      const component = await transaction.stepAsync("inspected", () => this.#inspect(target, settings));
      // Not checked: the checks may have been written for what is being undone.
      const checks = this.#checks();
      const candidate = { component, settings, checks, uploaded: false, checked: false };
      return this.#goLive(candidate, { ...preconditions, allowBreaking: true }, transaction);
    });
  }

  remove(preconditions: Preconditions): Promise<void> {
    return this.#serially(async () => {
      this.#require();
      checkPreconditions(this.name, this.#revisionLive(), preconditions);
      await this.#commit({
        live: undefined,
        outcome: "removed",
        who: preconditions.who,
        event: { kind: "removed" },
      });
      this.#release();
      // Awaited: what is deployed under the name from now on must not be forgotten with the rest.
      await this.#context.events.tidy(this.name, 0);
    });
  }

  /** Retires the live version and resolves when the last call of every version has ended. */
  close(): Promise<void> {
    return this.#serially(async () => {
      this.#release();
      await Promise.all(this.#draining);
    });
  }

  summary(): PluginSummary {
    const { digest, about, revision, at } = this.#require();
    return { name: this.name, revision, version: digest, deployedAt: at, functions: about.functions };
  }

  details(): PluginDetails {
    const { size, about } = this.#require();
    const { calls, guestErrors, traps, inFlight, fuel, droppedLogLines, limits } = this.#usages;
    return {
      ...this.summary(),
      size,
      settings: redact(this.#settings()),
      checks: this.#checks() ?? null,
      world: about.world,
      counters: { calls, guestErrors, traps, inFlight, fuel, droppedLogLines, limits },
    };
  }

  /** A kept version that is to go live with these settings. Throws `component-limit` where they don't allow it. */
  async #inspect(digest: string, { limits }: Settings): Promise<Component> {
    const known = this.#running?.component;
    if (known?.digest === digest && isDeepStrictEqual(limits, this.#settings().limits)) return known;
    return inspectComponent(await this.history.binary(digest), limits);
  }

  /** A kept version of this plugin; the live one by default. Throws `version-not-found`. */
  async component(digest: string = this.#require().digest): Promise<Component> {
    const running = this.#running?.component;
    if (running?.digest === digest) return running;
    return inspectComponent(await this.history.binary(digest), readable);
  }

  /** From a component to a live version; whatever throws before the swap leaves everything as it was. */
  async #goLive(candidate: Candidate, options: DeployOptions, transaction: Transaction): Promise<Deployment> {
    const { component, settings, checks, uploaded, checked } = candidate;
    const { digest } = component;
    const before = this.#record?.live;
    const { starter } = this.#context;
    transaction.step("granted", () => starter.checkImports(component, settings));
    const changes = await transaction.stepAsync("compared", () => this.#changes(component));
    const about = aboutComponent(component);
    const describe = (outcome: Outcome, revision: number): Deployment => ({
      plugin: this.name,
      outcome,
      revision,
      version: digest,
      size: component.bytes.length,
      settings: redact(settings),
      world: about.world,
      changes: changes ?? [],
      timings: transaction.timings,
    });
    if (changes && this.#isLive(candidate)) return describe("unchanged", this.#revisionLive() ?? 0);
    if (changes && !options.allowBreaking) refuseBreaking(this.name, changes);

    const compiled = await transaction.stepAsync("built", () => starter.compile(component, settings));
    const live = await transaction.stepAsync("tried", async () => {
      if (checks && checked) {
        const usages = new Usages();
        await requireChecks(checks, settings, (trial) =>
          starter.start({ plugin: this.name, component, compiled, settings: trial, usages }),
        );
      }
      const started = await starter.start({
        plugin: this.name,
        component,
        compiled,
        settings,
        usages: this.#usages,
      });
      try {
        await started.lifecycle.requireHealth();
        return started;
      } catch (error) {
        await started.retire();
        throw error;
      }
    });
    if (options.dryRun) {
      await live.retire();
      return describe("planned", (this.#record?.revision ?? 0) + 1);
    }

    const shared = settings.mode === "shared" && this.#settings().mode === "shared";
    const release = await transaction
      .stepAsync("handed-over", () => handOver(shared ? this.#running : undefined, live))
      .catch(async (error: unknown) => {
        await live.retire();
        throw error;
      });
    try {
      await transaction.time("persist", () =>
        this.#commit({
          live: digest,
          ...(uploaded && { binary: { bytes: component.bytes, about } }),
          settings,
          checks,
          outcome: before ? "swapped" : "created",
          who: options.who,
          details: { changes: changes?.length ?? 0, timings: transaction.timings },
          event: { kind: "deployed", data: { version: digest, outcome: before ? "swapped" : "created" } },
        }),
      );
    } catch (error) {
      release(undefined);
      await live.retire();
      throw error;
    }
    transaction.step("live", () => {
      this.#release();
      this.#running = { component, live };
      release(live);
    });
    void this.#context.events.tidy(this.name);
    return describe(before ? "swapped" : "created", this.#record?.revision ?? 0);
  }

  /** Makes the stored live version run. */
  async #run(): Promise<void> {
    const settings = this.#settings();
    const component = await this.component();
    const { starter } = this.#context;
    const compiled = await starter.compile(component, settings);
    this.#running = {
      component,
      live: await starter.start({
        plugin: this.name,
        component,
        compiled,
        settings,
        usages: this.#usages,
      }),
    };
  }

  /** Undefined where the live version is damaged: it can't be compared with, and to upload over it mends it. */
  async #changes(next: Component): Promise<readonly Change[] | undefined> {
    if (!this.deployed) return [];
    try {
      return diffWorlds((await this.component()).world, next.world);
    } catch (error) {
      if (error instanceof HotcellError && error.code === "store-corrupt") return undefined;
      throw error;
    }
  }

  #isLive({ component, settings, checks }: Candidate): boolean {
    return (
      this.#record?.live?.digest === component.digest &&
      sameSettings(this.#settings(), settings) &&
      isDeepStrictEqual(this.#checks(), checks)
    );
  }

  async #commit(change: Omit<Parameters<Store["commit"]>[0], "plugin" | "expected" | "at">): Promise<void> {
    const { store } = this.#context;
    const expected = this.#record?.revision ?? 0;
    try {
      await store.commit({ ...change, plugin: this.name, expected, at: new Date().toISOString() });
    } finally {
      // Also when another host was quicker: what is there now is what counts.
      this.#record = await store.plugin(this.name);
    }
  }

  #release(): void {
    const live = this.#running?.live;
    this.#running = undefined;
    if (!live) return;
    const drained = live.retire().finally(() => this.#draining.delete(drained));
    this.#draining.add(drained);
  }

  #require(): { digest: string; size: number; about: About; revision: number; at: string } {
    const { live, revision, at } = this.#record ?? {};
    if (!live) throw pluginNotFound(this.name);
    return { digest: live.digest, size: live.size, about: live.about as About, revision: revision!, at: at! };
  }

  #revisionLive(): number | undefined {
    return this.deployed ? this.#record?.revision : undefined;
  }

  #settings(): Settings {
    const { ceilings } = this.#context;
    return this.deployed ? storedSettings(this.#record?.settings, ceilings) : parseSettings({}, ceilings);
  }

  /** What a deployment makes of them, with what came along. */
  #settingsWith({ settings, grant = [] }: DeployOptions): Settings {
    const { ceilings } = this.#context;
    const before = this.#settings();
    const sent = settings ? parseSettings(keepSecrets(settings, before.env), ceilings) : before;
    const named = isObject(settings?.grants) ? settings.grants : {};
    const added = grant
      .filter((name) => !Object.hasOwn(named, name) && (sent.grants[name] ?? false) === false)
      .map((name) => [name, true]);
    return added.length === 0 ? sent : patchSettings(sent, { grants: Object.fromEntries(added) }, ceilings);
  }

  #authorize(settings: Settings, { authorize }: Preconditions): void {
    authorize?.(settingsChanges(this.#settings(), settings));
  }

  #checks(): Checks | undefined {
    const checks = this.deployed ? this.#record?.checks : undefined;
    return checks ? parseChecks(checks) : undefined;
  }

  #transact<T>({ who }: Preconditions, task: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#serially(async () => {
      const transaction = new Transaction();
      try {
        return await task(transaction);
      } catch (error) {
        this.#usages.failed(error);
        this.#context.events.refused(this.name, transaction.fail(), error, who);
        throw error;
      }
    });
  }

  #serially<T>(task: () => Promise<T>): Promise<T> {
    this.#pending++;
    const run = this.#tail.then(task).finally(() => {
      this.#pending--;
    });
    this.#tail = run.catch(() => {});
    return run;
  }
}

export function pluginNotFound(name: string, near: readonly string[] = []): HotcellError {
  return new HotcellError("plugin-not-found", `There is no plugin "${name}".`, {
    subject: name,
    remedy: near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `Upload one with PUT /plugins/${name}.`,
    extra: { near },
  });
}
