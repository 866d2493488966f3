/** One plugin: what the store remembers of it, its live version, and its deployments, one at a time. */
import { isDeepStrictEqual } from "node:util";
import { checkEnv } from "../capabilities/env.ts";
import { linkImports } from "../capabilities/link.ts";
import type { Component } from "../component/component.ts";
import { inspectComponent } from "../component/inspect.ts";
import { HotcellError } from "../errors.ts";
import { Restarts } from "../placement/restarts.ts";
import { missingBinary } from "../store/refusals.ts";
import type { PluginRecord, Store } from "../store/store.ts";
import { type Change, diffWorlds } from "../wit/diff/diff.ts";
import type {
  ConfigureOptions,
  Damage,
  Deployment,
  DeployOptions,
  Outcome,
  PluginDetails,
  PluginSummary,
  Preconditions,
  Reading,
} from "./api.ts";
import { aboutComponent } from "./deploy/about.ts";
import { type Candidate, prepareCandidate } from "./deploy/candidate.ts";
import { checksChanges, mergeChecks, shownChecks } from "./deploy/checks.ts";
import { planOf } from "./deploy/deployment-plan.ts";
import { checkPreconditions, refuseBreaking, stateLoss } from "./deploy/gates.ts";
import { handOver, holdUnlessStateful } from "./deploy/handover.ts";
import type { Starter } from "./deploy/starter.ts";
import { Transaction } from "./deploy/transaction.ts";
import type { EventLog } from "./event-log.ts";
import { type Ceilings, readable } from "./plugin-limits.ts";
import { damageOfBinary, pluginDamaged } from "./records/damage.ts";
import { History } from "./records/history.ts";
import { KeptRecord } from "./records/kept-record.ts";
import { RecordRoom } from "./records/record-room.ts";
import { type Configuration, type SettingsInput, shownConfiguration } from "./settings/settings.ts";
import {
  allSettings,
  type SettingsChange,
  secretsSent,
  settingsChanges,
} from "./settings/settings-changes.ts";
import { mergeGrants, mergeSettings } from "./settings/settings-merge.ts";
import { limitError } from "./traffic/limit-errors.ts";
import type { Live } from "./traffic/live.ts";
import { LiveSlot } from "./traffic/live-slot.ts";
import { Usages } from "./traffic/usages.ts";

export interface PluginContext {
  readonly starter: Starter;
  readonly store: Store;
  readonly events: EventLog;
  /** For the limits of all plugins. */
  readonly ceilings: Ceilings;
}

/** What compiling and starting a version is taken to cost where that fails. */
const wakeFuel = 160_000_000;

export class DeployedPlugin {
  readonly name: string;
  readonly history: History;
  readonly #context: PluginContext;
  readonly #usages = new Usages();
  readonly #record: KeptRecord;
  /** Of a stored version that does not start. */
  readonly #wakes: Restarts;
  /** For the record's live version. */
  readonly #slot = new LiveSlot();
  #waking: Promise<void> | undefined;
  /** Deployments wait here for the one before. */
  #tail: Promise<unknown> = Promise.resolve();
  #pending = 0;
  /** By the request whose turn it is, once it is known. */
  #asked: Configuration | undefined;

  constructor(name: string, context: PluginContext, record?: PluginRecord) {
    this.name = name;
    this.history = new History(name, context.store);
    this.#context = context;
    const { store, ceilings, starter } = context;
    const room = new RecordRoom(starter.heap, name);
    this.#record = new KeptRecord(name, store, ceilings, room, record);
    this.#wakes = new Restarts(name);
  }

  get deployed(): boolean {
    return this.#record.live !== undefined;
  }

  /** Of what is deployed; undefined where nothing is. */
  get revision(): number | undefined {
    return this.#record.revisionLive;
  }

  /** Why it does not run. */
  get damage(): Damage | undefined {
    return this.#record.damage;
  }

  /** Undefined when nothing is deployed, and until `wake` has run. */
  get live(): Live | undefined {
    return this.#slot.running?.live;
  }

  /** Nothing was ever deployed here and nothing is under way. */
  get untouched(): boolean {
    return this.#record.revision === 0 && this.#pending === 0;
  }

  /** See `Registry.wake`. */
  wake(): Promise<void> | undefined {
    if (this.#slot.running || !this.deployed) return undefined;
    if (this.damage && !this.#record.mayLookAgain())
      return Promise.reject(pluginDamaged(this.name, this.damage));
    this.#waking ??= this.#serially(async () => {
      if (this.#slot.running || !this.deployed) return;
      this.#wakes.require();
      await this.#run().catch((error: unknown) => {
        this.#wakes.ended(wakeFuel);
        throw error;
      });
    }).finally(() => {
      this.#waking = undefined;
    });
    return this.#waking;
  }

  /** Looks whether the live version's binary is whole, unless that is known. */
  async verify(): Promise<void> {
    const { digest } = this.#record.live ?? {};
    if (digest === undefined || this.#slot.running || this.damage) return;
    try {
      await this.#context.store.verify(digest);
    } catch (error) {
      if (this.#record.live?.digest === digest) this.#record.noteDamage(error);
    }
  }

  deploy(bytes: Uint8Array, options: DeployOptions): Promise<Deployment> {
    return this.#transact(options, async (transaction) => {
      checkPreconditions(this.name, this.#record.revisionLive, options);
      const { settings: sent = {}, grant = [] } = options;
      const { ceilings } = this.#context;
      const merged = mergeSettings(this.#record.stored, sent, ceilings);
      const configuration = this.#authorized(mergeGrants(merged, grant, sent, ceilings), options, sent);
      const checks = mergeChecks(this.#record.checks, options.checks);
      const { limits } = configuration.settings;
      const component = transaction.step("inspected", () => inspectComponent(bytes, limits));
      const candidate = { component, configuration, checks, uploaded: true, checked: true };
      return this.#goLive(candidate, options, transaction);
    });
  }

  configure(patch: SettingsInput, options: ConfigureOptions): Promise<Deployment> {
    return this.#transact(options, async (transaction) => {
      const { digest } = this.#record.require();
      checkPreconditions(this.name, this.#record.revisionLive, options);
      this.#record.requireReadable();
      const merged = mergeSettings(this.#record.stored, patch, this.#context.ceilings);
      const configuration = this.#authorized(merged, options, patch);
      const component = await transaction.stepAsync("inspected", () => this.#inspect(digest, configuration));
      const checks = this.#record.checks;
      const candidate = { component, configuration, checks, uploaded: false, checked: true };
      return this.#goLive(candidate, options, transaction);
    });
  }

  rollback(to: string | undefined, preconditions: Preconditions): Promise<Deployment> {
    return this.#transact(preconditions, async (transaction) => {
      this.#record.require();
      checkPreconditions(this.name, this.#record.revisionLive, preconditions);
      this.#record.requireReadable();
      const target = to ?? (await this.history.previousVersion());
      if (target === undefined) {
        throw new HotcellError("nothing-to-roll-back", `${this.name} has had only one version so far.`, {
          subject: this.name,
          remedy: "Upload another version first.",
        });
      }
      const configuration = this.#authorized(this.#record.configuration, preconditions, {});
      const component = await transaction.stepAsync("inspected", () => this.#inspect(target, configuration));
      // Not checked: the checks may have been written for what is being undone.
      const checks = this.#record.checks;
      const candidate = { component, configuration, checks, uploaded: false, checked: false };
      return this.#goLive(candidate, { ...preconditions, allowBreaking: true }, transaction);
    });
  }

  remove(preconditions: Preconditions): Promise<void> {
    return this.#serially(async () => {
      this.#record.require();
      checkPreconditions(this.name, this.#record.revisionLive, preconditions);
      await this.#record.commit({
        live: undefined,
        outcome: "removed",
        who: preconditions.who,
        event: { kind: "removed" },
      });
      this.#slot.put(undefined, "removed");
      // Awaited: what is deployed under the name from now on must not be forgotten with the rest.
      await this.#context.events.tidy(this.name, 0);
    });
  }

  /** Retires the live version and resolves when the last call of every version has ended. */
  close(): Promise<void> {
    return this.#serially(async () => {
      this.#slot.put(undefined, "closing");
      await this.#slot.drained();
    });
  }

  summary(): PluginSummary {
    const { digest, about, revision, at } = this.#record.require();
    const { damage } = this;
    return {
      name: this.name,
      revision,
      version: digest,
      deployedAt: at,
      functions: about.functions,
      ...(damage && { damaged: damage }),
    };
  }

  details({ mayCall = true }: Reading = {}): PluginDetails {
    const { size, about } = this.#record.require();
    const checks = this.#record.checks;
    const { since, calls, guestErrors, traps, inFlight, fuel, droppedLogLines, limits } = this.#usages;
    return {
      ...this.summary(),
      size,
      ...shownConfiguration(this.#record.configuration),
      checks: checks ? shownChecks(checks, mayCall) : null,
      world: about.world,
      counters: { since, calls, guestErrors, traps, inFlight, fuel, droppedLogLines, limits },
    };
  }

  /** A kept version that is to go live with these settings. Throws `component-limit` where they don't allow it. */
  async #inspect(digest: string, { settings: { limits } }: Configuration): Promise<Component> {
    const known = this.#slot.running?.component;
    const { limits: before } = this.#record.configuration.settings;
    if (known?.digest === digest && isDeepStrictEqual(limits, before)) return known;
    return inspectComponent(await this.#binary(digest), limits);
  }

  /** A kept version of this plugin; the live one by default. Throws `version-not-found`. */
  async component(digest: string = this.#record.require().digest): Promise<Component> {
    const running = this.#slot.running?.component;
    if (running?.digest === digest) return running;
    return inspectComponent(await this.#binary(digest), readable);
  }

  /** The live one needs no history. */
  async #binary(digest: string): Promise<Uint8Array> {
    if (digest !== this.#record.live?.digest) return this.history.binary(digest);
    const bytes = await this.#context.store.binary(digest);
    if (bytes) return bytes;
    throw missingBinary(digest, "the store");
  }

  /** From a component to a live version; whatever throws before the swap leaves everything as it was. */
  async #goLive(
    received: Omit<Candidate, "linked">,
    options: DeployOptions,
    transaction: Transaction,
  ): Promise<Deployment> {
    const { component, configuration, checks, uploaded } = received;
    const { digest } = component;
    const { settings } = configuration;
    const before = this.#record.live;
    const running = this.#slot.running;
    const { starter } = this.#context;
    const linked = transaction.step("granted", () => linkImports(component.world, configuration.grants));
    const changes = await transaction.stepAsync("compared", () => this.#changes(component));
    const about = aboutComponent(component);
    const changed = [...this.#settingsChanges(configuration), ...checksChanges(this.#record.checks, checks)];
    const sameVersion = before?.digest === digest && this.damage === undefined;
    const plan = planOf({
      changedPaths: sameVersion ? changed.map(({ path }) => path) : undefined,
      before: this.#record.configuration.settings,
      after: settings,
      running: running && { world: running.component.world, live: running.live },
      linked,
    });
    const describe = (outcome: Outcome, revision: number): Deployment => ({
      plugin: this.name,
      outcome,
      revision,
      version: digest,
      size: component.bytes.length,
      ...shownConfiguration(configuration),
      settingsChanges: changed,
      state: plan.state,
      world: about.world,
      changes: changes ?? [],
      timings: transaction.timings,
    });
    if (sameVersion && changed.length === 0) return describe("unchanged", this.#record.revisionLive ?? 0);
    if (changes && !options.allowBreaking) refuseBreaking(this.name, changes);
    const mayLose = options.allowStateLoss || !sameVersion;
    if (plan.state === "lost" && !mayLose) throw stateLoss(this.name, plan.newCellFor);

    const { mayCall = true } = options;
    const surroundings = { plugin: this.name, starter, usages: this.#usages, mayCall };
    const live = await prepareCandidate({ ...received, linked }, plan, surroundings, transaction);
    if (options.dryRun) {
      await live?.retire();
      return describe("planned", this.#record.revision + 1);
    }

    const release = await transaction
      .stepAsync("handed-over", async () => {
        if (!running || !live) return () => {};
        if (plan.state === "handed-over") return handOver(running, live);
        return mayLose ? () => {} : holdUnlessStateful(this.name, running.live, plan.newCellFor);
      })
      .catch(async (error: unknown) => {
        await live?.retire();
        throw error;
      });
    const outcome = !before ? "created" : live ? "swapped" : "configured";
    try {
      await transaction.time("persist", () =>
        this.#record.commit({
          live: digest,
          ...(uploaded && { binary: { bytes: component.bytes, about } }),
          settings: configuration.asked,
          held: settings,
          checks,
          outcome,
          who: options.who,
          details: {
            changes: changes?.length ?? 0,
            settings: changed.map(({ path }) => path),
            state: plan.state,
            timings: transaction.timings,
          },
          event: { kind: "deployed", data: { version: digest, outcome } },
        }),
      );
    } catch (error) {
      release(undefined);
      await live?.retire();
      throw error;
    }
    transaction.step("live", () => {
      if (live) {
        this.#slot.put({ component, live });
        release(live);
      } else this.#slot.running?.live.adjust(settings);
    });
    void this.#context.events.tidy(this.name);
    return describe(outcome, this.#record.revision);
  }

  /** Makes the stored live version run. */
  async #run(): Promise<void> {
    const { settings, grants } = this.#record.configuration;
    const component = await this.#wholeComponent();
    const { starter } = this.#context;
    const linked = linkImports(component.world, grants);
    const compiled = await starter.compile(component, settings);
    const live = await starter.start({
      plugin: this.name,
      component,
      linked,
      compiled,
      settings,
      usages: this.#usages,
    });
    this.#slot.put({ component, live });
  }

  /** The live version's. Throws `plugin-damaged` for one that can't be read, and remembers it. */
  async #wholeComponent(): Promise<Component> {
    try {
      const component = await this.component();
      this.#record.noteWhole();
      return component;
    } catch (error) {
      this.#record.noteDamage(error);
      throw this.damage ? pluginDamaged(this.name, this.damage) : error;
    }
  }

  /** Undefined where the live version is damaged: it can't be compared with, and to upload over it mends it. */
  async #changes(next: Component): Promise<readonly Change[] | undefined> {
    if (!this.deployed) return [];
    try {
      return diffWorlds((await this.component()).world, next.world);
    } catch (error) {
      if (damageOfBinary(error)) return undefined;
      throw error;
    }
  }

  /** It, if who asks may make what it changes, and it is not more than a plugin may have. `sent`: what came to it. */
  #authorized(
    configuration: Configuration,
    { authorize }: Preconditions,
    sent: SettingsInput,
  ): Configuration {
    this.#asked = configuration;
    const changes = this.#settingsChanges(configuration);
    authorize?.([...changes, ...secretsSent(sent, changes)]);
    // Not before: how much there is tells how long the secrets are.
    if (Object.hasOwn(sent, "env")) checkEnv(configuration.asked.env ?? {});
    return configuration;
  }

  #settingsChanges(after: Configuration): SettingsChange[] {
    const { live, stored, configuration } = this.#record;
    const changes = settingsChanges(configuration, after);
    return live && !stored ? [allSettings, ...changes] : changes;
  }

  #transact<T>({ who }: Preconditions, task: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#serially(async () => {
      const transaction = new Transaction();
      try {
        return await task(transaction);
      } catch (error) {
        this.#usages.failed(error);
        this.#context.events.refused(this.name, transaction.fail(), error, who);
        const { settings } = this.#asked ?? this.#record.configuration;
        if (!(error instanceof HotcellError)) throw error;
        throw limitError(error, { plugin: this.name }, settings, this.#context.ceilings);
      } finally {
        this.#asked = undefined;
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
