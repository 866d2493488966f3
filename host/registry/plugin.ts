/** One plugin: what the store remembers of it, its versions that run, and its deployments, one at a time. */
import { grantedLinks } from "../capabilities/plugins/granted-links.ts";
import { asHotcellError, HotcellError } from "../errors.ts";
import { type DeployMessage, deployChannel, isHeard, told } from "../observe/channels.ts";
import { Restarts } from "../placement/restarts.ts";
import { staleRevision } from "../store/refusals.ts";
import type { PluginRecord } from "../store/store.ts";
import type {
  Admission,
  Breaking,
  ConfigureOptions,
  Deployment,
  DeployOptions,
  Preconditions,
  RemoveOptions,
} from "./api.ts";
import type { Counters } from "./counters.ts";
import { toldOf } from "./deploy/about.ts";
import { shownChecks } from "./deploy/checks.ts";
import { goLive } from "./deploy/deployment.ts";
import { type PreparedDeployment, prepareChange, prepareReturn, prepareUpload } from "./deploy/prepare.ts";
import { checkPreconditions, refusedCommit } from "./deploy/revision-check.ts";
import type { DeployTarget, PluginContext } from "./deploy/target.ts";
import { Transaction } from "./deploy/transaction.ts";
import { forgetData, forgetTraces, requireFateOfData } from "./kept-data.ts";
import { Lag } from "./lag.ts";
import { requireDependants } from "./links/link-check.ts";
import { OneByOne } from "./one-by-one.ts";
import { forgetRemoved, reconcile, runStored } from "./reconcile.ts";
import { pluginDamaged } from "./records/damage.ts";
import { History } from "./records/history.ts";
import { KeptComponents } from "./records/kept-components.ts";
import { KeptRecord } from "./records/kept-record.ts";
import { RecordRoom } from "./records/record-room.ts";
import type { MakeTrial } from "./rollout/other-hosts.ts";
import { rolloutStopped, rolloutUnderWay } from "./rollout/rollout-errors.ts";
import type { RolloutSlot } from "./rollout/rollout-slot.ts";
import { tryForOther } from "./rollout/trial-for-other.ts";
import { type SettingsInput, shownConfiguration } from "./settings/settings.ts";
import { StateKeeper } from "./state-keeper.ts";
import type { Damage, PluginCondition, PluginDetails, PluginSummary, Reading } from "./told-plugins.ts";
import { limitError } from "./traffic/limit-errors.ts";
import { PluginTraffic } from "./traffic/plugin-traffic.ts";
import { hostClosing } from "./traffic/retired-errors.ts";
import type { RunningVersion } from "./traffic/running-version.ts";
import { Usages } from "./traffic/usages.ts";
import type { VersionOrigin } from "./version-origin.ts";

/** Fuel that compiling and starting a version is taken to cost where that fails. */
const wakeFuel = 160_000_000;

export class DeployedPlugin implements DeployTarget {
  readonly name: string;
  readonly context: PluginContext;
  readonly usages: Usages;
  readonly traffic = new PluginTraffic();
  readonly lag: Lag;
  readonly record: KeptRecord;
  readonly history: History;
  readonly components: KeptComponents;
  readonly rollouts: RolloutSlot = { current: undefined };
  /** Pauses after a stored version did not start. */
  readonly #wakes: Restarts;
  #waking: Promise<void> | undefined;
  /** Deployments wait for the one before. */
  readonly #turns = new OneByOne();
  readonly #keeper: StateKeeper | undefined;
  /** Origin of the version that was looked up last: changes of settings are no reason to read the history again. */
  #origin: { readonly digest: string; readonly origin: VersionOrigin | undefined } | undefined;

  constructor(name: string, context: PluginContext, stored?: PluginRecord) {
    const { store, starter, routes, links, schedules, sources, contracts } = context;
    this.name = name;
    this.lag = new Lag(name, context.standing);
    this.context = context;
    this.usages = new Usages(undefined, context.meters.plugin(name));
    this.record = new KeptRecord(
      name,
      store,
      context,
      { room: new RecordRoom(starter.heap, name), routes, links, schedules, sources, contracts },
      stored,
    );
    this.history = new History(name, store);
    const { record, history, traffic } = this;
    this.components = new KeptComponents({ name, store, record, history, traffic });
    this.#wakes = new Restarts(name);
    this.#keeper = starter.states && new StateKeeper(name, starter.states, traffic);
  }

  get deployed(): boolean {
    return this.record.live !== undefined;
  }

  /** Revision of what is deployed; undefined where nothing is. */
  get revision(): number | undefined {
    return this.record.revisionLive;
  }

  /** See `Registry.admission`. */
  get admission(): Admission | undefined {
    return this.record.admission;
  }

  /** Reason why it does not run. */
  get damage(): Damage | undefined {
    return this.record.damage;
  }

  /** Nothing was ever deployed here and nothing is under way. */
  get untouched(): boolean {
    return this.record.revision === 0 && this.#turns.pending === 0;
  }

  /** Version that takes the next call; undefined when nothing is deployed, and until `wake` has run. */
  choose(): RunningVersion | undefined {
    return this.traffic.choose();
  }

  /** Throws `plugin-damaged` where it is known that it can't run, as far as that is not to be looked at again. */
  requireSound(): void {
    if (this.damage && !this.record.mayLookAgain()) throw pluginDamaged(this.name, this.damage);
  }

  /** See `Registry.wake`. */
  wake(): Promise<void> | undefined {
    if (this.traffic.live || !this.deployed) return undefined;
    try {
      this.requireSound();
    } catch (damaged) {
      return Promise.reject(damaged);
    }
    this.#waking ??= this.#turns
      .run(async () => {
        if (this.traffic.live || !this.deployed) return;
        this.#wakes.require();
        await runStored(this).catch((error: unknown) => {
          this.#wakes.ended(wakeFuel);
          throw error;
        });
      })
      .finally(() => {
        this.#waking = undefined;
      });
    return this.#waking;
  }

  /** See `Registry.reconcile`. */
  reconcile(): Promise<void> {
    this.#origin = undefined;
    return this.#turns.run(() => reconcile(this));
  }

  /** Makes what runs follow what some host has committed as this revision. Own commits are known by the time their turn is over. */
  follow(revision: number): Promise<void> {
    // Another host was quicker than the rollout that this one leads: the commit of that would be refused.
    if (this.record.revision < revision)
      this.rollouts.current?.stop(staleRevision(this.name, this.record.revision, revision));
    return this.#turns.run(async () => {
      if (!this.#follows(revision) || this.lag.behind) await reconcile(this, revision);
    });
  }

  /** See `Registry.reach`. */
  reach(revision: number): Promise<void> | undefined {
    return this.#follows(revision) ? undefined : this.follow(revision);
  }

  #follows(revision: number): boolean {
    return this.record.revision >= revision && this.traffic.follows(revision);
  }

  /** See `MakeTrial`. */
  tryFor(...asked: Parameters<MakeTrial>): Promise<void> {
    return this.#turns.run(() => tryForOther(this, ...asked));
  }

  /** Stops the rollout that this host leads, or tries a version for, if it does. */
  stopRollout(who: string | undefined): void {
    this.rollouts.current?.stop(rolloutStopped(this.name, who));
  }

  /** Throws `rollout-under-way` where a host, this or another, tries another version. */
  async #requireNoRollout(dryRun = false): Promise<void> {
    if (this.rollouts.current) throw rolloutUnderWay(this.name, "This host");
    const claimant = dryRun ? undefined : await this.context.others?.claimant(this.name);
    if (claimant !== undefined) throw rolloutUnderWay(this.name, claimant);
  }

  /** Looks whether the live version's binary is whole, unless that is known. */
  async verify(): Promise<void> {
    const { digest } = this.record.live ?? {};
    if (digest === undefined || this.traffic.live || this.damage) return;
    try {
      await this.context.store.verify(digest);
    } catch (error) {
      if (this.record.live?.digest === digest) this.record.noteDamage(error);
    }
  }

  deploy(bytes: Uint8Array, options: DeployOptions): Promise<Deployment> {
    // The same version may come from elsewhere now.
    this.#origin = undefined;
    return this.#transact("upload", options, (transaction) =>
      prepareUpload(this, bytes, options, transaction),
    );
  }

  configure(patch: SettingsInput, options: ConfigureOptions): Promise<Deployment> {
    return this.#transact("settings", options, (transaction) =>
      prepareChange(this, patch, options, transaction),
    );
  }

  rollback(to: string | undefined, preconditions: Preconditions & Breaking): Promise<Deployment> {
    return this.#transact("rollback", preconditions, (transaction) =>
      prepareReturn(this, to, preconditions, transaction),
    );
  }

  async remove({ keepData, ...preconditions }: RemoveOptions): Promise<void> {
    const { who } = preconditions;
    const run = async () => {
      this.record.require();
      checkPreconditions(this.name, this.record.revisionLive, preconditions);
      if (keepData === undefined) await requireFateOfData(this.context.data, this.name);
      using _links = await this.context.links.hold(this.name, {});
      await requireDependants(this, undefined, preconditions);
      this.#origin = undefined;
      const removal = { live: undefined, outcome: "removed", event: { kind: "removed" } } as const;
      const { revision } = this.record;
      await this.record.commit({ ...removal, who }).catch(async (error: unknown) => {
        if (this.record.revision !== revision) await reconcile(this).catch(() => {});
        throw refusedCommit(error, preconditions);
      });
      forgetRemoved(this);
      await this.context.starter.states?.forget(this.name).catch(() => {});
      // After the commit: a host that dies here leaves data that are in nobody's way, and can still be removed.
      if (keepData === false) await forgetData(this.context, this.name, who);
      else if (keepData === undefined) await forgetTraces(this.context.data, this.name);
      // Awaited: what is deployed under the name from now on must not be forgotten with the rest.
      await this.context.events.tidy(this.name, 0);
    };
    if (this.context.others) await this.#requireNoRollout();
    return this.#turns.run(async () =>
      isHeard(deployChannel)
        ? told(deployChannel, this.#begun("removal", who), run, (message) => {
            if (message.code === "ok") message.outcome = "removed";
          })
        : run(),
    );
  }

  /** Removes data that were left when it was removed. Tells whether there were any, and nothing is deployed. */
  forgetLeft(who: string | undefined): Promise<boolean> {
    return this.#turns.run(async () => {
      const { data } = this.context;
      if (this.deployed || (await data.kept(this.name)).length === 0) return false;
      await forgetData(this.context, this.name, who);
      return true;
    });
  }

  /** Retires the live version and resolves when the last call of every version has ended. */
  close(): Promise<void> {
    this.rollouts.current?.close(hostClosing());
    return this.#turns.run(async () => {
      const release = await this.#keeper?.keepLast();
      this.traffic.put(undefined, "closing");
      release?.();
      await this.traffic.drained();
    });
  }

  /** Keeps its state for other hosts where it is time, and no deployment is under way. */
  keepState(now: number): void {
    if (this.#turns.pending > 0 || !this.#keeper?.due(now)) return;
    void this.#turns.run(() => this.#keeper!.keep());
  }

  summary(): PluginSummary {
    const { digest, about, revision, at } = this.record.require();
    const { damage } = this;
    const { behind } = this.lag;
    const rollout = this.rollouts.current?.told;
    const [trap] = this.usages.lastTraps;
    return {
      name: this.name,
      revision,
      version: digest,
      deployedAt: at,
      functions: about.functions,
      ...(trap && { lastTrap: trap.at }),
      ...(damage && { damaged: damage }),
      ...(behind && { behind }),
      ...(rollout && { rollout }),
    };
  }

  /** See `Registry.origin`. */
  async origin(of: "live" | "newest"): Promise<VersionOrigin | undefined> {
    const { digest } = this.record.require();
    if (of === "newest") return this.history.originOf(() => true);
    if (this.#origin?.digest === digest) return this.#origin.origin;
    const origin = await this.history.originOf((version) => version === digest);
    this.#origin = { digest, origin };
    return origin;
  }

  details({ mayCall = true }: Reading = {}): PluginDetails {
    const { size, about } = this.record.require();
    const { checks } = this.record;
    const lostRoutes = this.context.routes.lost(this.name);
    const to = grantedLinks(this.record.configuration.grants);
    const from = this.context.links.dependants(this.name);
    const contracts = this.context.contracts.held(this.name, this.record.configuration.settings.contract);
    return {
      ...this.summary(),
      size,
      ...shownConfiguration(this.record.configuration),
      ...(lostRoutes.length > 0 && { lostRoutes }),
      ...this.condition(),
      ...(Object.keys(to).length + from.length > 0 && { links: { to, from } }),
      ...(contracts.length > 0 && { contracts }),
      checks: checks ? shownChecks(checks, mayCall) : null,
      world: about.world,
      ...toldOf(about),
      counters: this.counters(),
    };
  }

  /** See `Registry.condition`. */
  condition(): PluginCondition {
    const { behind } = this.lag;
    const schedule = this.context.schedules.of(this.name);
    const source = this.context.sources.state(this.name);
    const rollout = this.rollouts.current?.told;
    return {
      ...(behind && { behind }),
      ...(rollout && { rollout }),
      ...(schedule.length > 0 && { schedule }),
      ...(source && { source }),
    };
  }

  counters(): Counters {
    const { since, calls, guestErrors, traps, cancelled, inFlight, fuel, limits } = this.usages;
    const { droppedLogLines, droppedFields, reach } = this.usages;
    return {
      ...{ since, calls, guestErrors, traps, cancelled, inFlight, fuel },
      ...{ droppedLogLines, droppedFields, limits, reach },
    };
  }

  #begun(kind: DeployMessage["kind"], who: string | undefined): DeployMessage {
    return { plugin: this.name, kind, who, began: performance.now() };
  }

  /** Runs a deployment in its turn, and tells whoever listens. */
  async #transact(
    kind: DeployMessage["kind"],
    { who, dryRun }: Preconditions & Pick<ConfigureOptions, "dryRun">,
    prepare: (transaction: Transaction) => Promise<PreparedDeployment>,
  ): Promise<Deployment> {
    if (this.context.others) await this.#requireNoRollout(dryRun);
    return this.#turns.run(async () => {
      const transaction = new Transaction();
      const run = () => this.#goLive(kind, who, transaction, prepare);
      if (!isHeard(deployChannel)) return run();
      return told(deployChannel, this.#begun(kind, who), run, (message, deployment) => {
        message.stages = inSeconds(transaction.timings);
        if (!deployment) return;
        const { outcome, revision, version } = deployment;
        Object.assign(message, { outcome, revision, version });
      });
    });
  }

  /** A refusal is counted, told to the event log, and named as this host's limits are. */
  async #goLive(
    kind: DeployMessage["kind"],
    who: string | undefined,
    transaction: Transaction,
    prepare: (transaction: Transaction) => Promise<PreparedDeployment>,
  ): Promise<Deployment> {
    const { meters, starter } = this.context;
    try {
      // What another host has in its cell is asked about, as what is in one here is.
      if (!this.traffic.live && this.deployed && (await starter.runsElsewhere(this.name)))
        await runStored(this).catch(() => {});
      const deployment = await goLive(this, await prepare(transaction), transaction);
      meters.deployed(kind, deployment.outcome, "ok", transaction.timings);
      return deployment;
    } catch (error) {
      meters.deployed(kind, "refused", asHotcellError(error).code, transaction.timings);
      this.usages.failed(error);
      this.context.events.refused(this.name, transaction.fail(), error, who);
      const { settings } = transaction.asked ?? this.record.configuration;
      if (!(error instanceof HotcellError)) throw error;
      throw limitError(error, { plugin: this.name }, settings, this.context.ceilings);
    }
  }
}

function inSeconds(milliseconds: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(milliseconds).map(([stage, time]) => [stage, time / 1000]));
}
