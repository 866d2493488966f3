/** Rollout: a deployment that one host has alone at first, then the others, and that is undone where it fails. */
import { setTimeout as delay } from "node:timers/promises";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import { unseal } from "../../capabilities/secret.ts";
import { asHotcellError, type ErrorCode, type HotcellError } from "../../errors.ts";
import type { PlannedDeployment } from "../deploy/gates.ts";
import type { Release } from "../deploy/handover.ts";
import type { DeployTarget } from "../deploy/target.ts";
import type { Transaction } from "../deploy/transaction.ts";
import { reconcile } from "../reconcile.ts";
import type { Configuration } from "../settings/settings.ts";
import type { RunningVersion } from "../traffic/running-version.ts";
import { binaryOf } from "../version.ts";
import { HostTrial } from "./host-trial.ts";
import type { OtherHost, OtherHosts, RolloutClaim, TrialElsewhere } from "./other-hosts.ts";
import { hostBehind, rolloutUnderWay } from "./rollout-errors.ts";
import type { FirstTally, PlannedRollout, RolloutOutcome, RolloutUnderWay } from "./rollout-slot.ts";

/** Milliseconds between looks at the others. */
const lookEvery = 100;

/** State that what fails is taken back to, as it is stored. */
interface StoredBefore {
  readonly digest: string;
  readonly configuration: Configuration;
  readonly checks: unknown;
}

/** Codes of what keeps a host behind in passing: it follows when that is over. */
const passing = new Set<ErrorCode>(["store-unavailable", "closed"]);

export class Rollout {
  readonly #target: DeployTarget;
  readonly #planned: PlannedDeployment;
  readonly #others: OtherHosts;
  readonly #claim: RolloutClaim;
  /** Others as they were told last. */
  #hosts: readonly OtherHost[];
  readonly #stored: StoredBefore;
  /** Aborted with what ends the trial. */
  readonly #stopping = new AbortController();
  #closing = false;
  /** Trial here, or on the host that has the plugin's one cell. */
  #here: HostTrial | undefined;
  #elsewhere: TrialElsewhere | undefined;
  #told: RolloutUnderWay | undefined;
  #first: FirstTally | undefined;

  private constructor(
    target: DeployTarget,
    planned: PlannedDeployment,
    others: OtherHosts,
    claim: RolloutClaim,
    hosts: readonly OtherHost[],
  ) {
    const { record } = target;
    this.#target = target;
    this.#planned = planned;
    this.#others = others;
    this.#claim = claim;
    this.#hosts = hosts;
    const { configuration, checks } = record;
    this.#stored = { digest: record.live!.digest, configuration, checks };
  }

  /** Other hosts, where a change is to go host by host; none where it is not. */
  static async #othersFor(
    { record, context: { others } }: DeployTarget,
    { options, checked, configuration }: PlannedDeployment,
  ): Promise<readonly OtherHost[]> {
    // A return to what ran before is the cure, and is not tried for long.
    if (!others || !configuration.settings.rollout || !checked || options.atOnce) return [];
    if (!record.live || record.damage) return [];
    return others.standings();
  }

  /** Rollout that a change would be; undefined where it would be none. */
  static async plan(target: DeployTarget, planned: PlannedDeployment): Promise<PlannedRollout | undefined> {
    const others = await Rollout.#othersFor(target, planned);
    const { rollout } = planned.configuration.settings;
    return others.length === 0
      ? undefined
      : { ...rollout!, hosts: others.length + 1, tried: planned.plan.newCell };
  }

  /** Begins what is to go host by host; undefined for what is not. Throws `rollout-under-way`. */
  static async begin(target: DeployTarget, planned: PlannedDeployment): Promise<Rollout | undefined> {
    const { context, name } = target;
    const { others } = context;
    const hosts = await Rollout.#othersFor(target, planned);
    if (!others || hosts.length === 0) return;
    const claim = await others.claim(name);
    if (typeof claim === "string") throw rolloutUnderWay(name, claim);
    const rollout = new Rollout(target, planned, others, claim, hosts);
    target.rollouts.current = rollout;
    return rollout;
  }

  /** Undefined while no version is tried. */
  get told(): RolloutUnderWay | undefined {
    return this.#told && (this.#here ? this.#here.told : this.#told);
  }

  /** Calls that the first host made while it alone had it. */
  get first(): FirstTally | undefined {
    return this.#first;
  }

  /** True where the version takes calls in cells of this host. */
  get promoted(): boolean {
    return this.#here !== undefined;
  }

  /** Ends the trial with that error. */
  stop(error: HotcellError): void {
    this.#stopping.abort(error);
  }

  /** Ends all that waits: the host closes. */
  close(error: HotcellError): void {
    this.#closing = true;
    this.stop(error);
  }

  /**
   * Lets the version take the calls of this host, or of the one that has the plugin's one cell, until the setting's time is over or as many
   * calls as it says have been made. Nothing is tried where no new cell is. Rejects with `rollout-failed`, and with what it is stopped
   * with.
   */
  async tryFirst(
    live: RunningVersion | undefined,
    release: Release | undefined,
    transaction: Transaction,
  ): Promise<void> {
    if (!live) return;
    const cells = live.elsewhere ? live.cells : undefined;
    await transaction.stepAsync("tried-first", async () => {
      const lost = () => this.stop(asHotcellError(rolloutUnderWay(this.#target.name, "Another host")));
      this.#claim.lost.addEventListener("abort", lost);
      // It may have been while the state was handed over.
      if (this.#claim.lost.aborted) lost();
      try {
        if (cells === undefined) await this.#tryHere(live, release);
        else await this.#tryThere(cells);
      } finally {
        this.#claim.lost.removeEventListener("abort", lost);
        this.#told = undefined;
      }
    });
  }

  async #tryHere(live: RunningVersion, release: Release | undefined): Promise<void> {
    const { component, configuration } = this.#planned;
    const trial = HostTrial.begin(this.#target, { component, configuration, live, release });
    this.#here = trial;
    this.#tell(trial.told);
    const stop = () => trial.stop(this.#stopping.signal.reason);
    this.#stopping.signal.addEventListener("abort", stop);
    if (this.#stopping.signal.aborted) stop();
    try {
      await trial.passed();
    } finally {
      this.#first = live.tally;
    }
  }

  async #tryThere(cells: string): Promise<void> {
    const { name, record } = this.#target;
    const { component, configuration, uploaded } = this.#planned;
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    const { bytes, parts = [] } = binaryOf(component);
    const asked = {
      plugin: name,
      revision: record.revision,
      digest: component.digest,
      settings: unseal(configuration.asked),
      pieces: uploaded ? [bytes, ...parts.map((part) => part.bytes)] : [],
    };
    const trial = await this.#others.tryThere(cells, asked, (told) => this.#tell(told));
    this.#elsewhere = trial;
    let stop!: () => void;
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
    });
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    try {
      await Promise.race([trial.passed, stopped]);
      const { calls, traps } = this.#told!;
      this.#first = { calls, traps, host: trial.host };
    } catch (error) {
      // Whoever is told that it has failed finds what was live before, there too.
      await trial.end();
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #tell(told: RolloutUnderWay): void {
    const { context, name } = this.#target;
    const { version, until } = told;
    if (!this.#told) context.events.rolloutBegun(name, this.#planned.options.who, { version, until });
    this.#told = told;
  }

  /** Takes this host back to what is stored. */
  async undo(): Promise<void> {
    await this.#here?.undo();
  }

  /**
   * Waits until the others run what was committed with that event. Where one of them can't, what was stored before is stored again.
   * Throws `rollout-failed`.
   */
  async goOn(event: number, revision: number): Promise<RolloutOutcome> {
    const { name } = this.#target;
    const end = performance.now() + nodeBounds.rolloutWait.value;
    void this.#elsewhere?.end();
    for (;;) {
      // Where the store is away for a while they are as they were, and are asked for again.
      const hosts = await this.#others.standings().catch(() => this.#hosts);
      this.#hosts = hosts;
      for (const host of hosts) {
        const behind = host.standing?.behind?.find((each) => each.plugin === name);
        if (!behind || behind.revision < revision || passing.has(behind.code)) continue;
        const undone = await this.#takeBack(revision).catch((error: unknown) => asHotcellError(error));
        throw hostBehind(name, host.name, behind.code, undone?.message);
      }
      const unsure = hosts.filter(({ standing }) => (standing?.followed ?? 0) < event).length;
      if (unsure === 0 || this.#closing || performance.now() >= end) {
        const first = this.#first && { first: this.#first };
        return { ...first, hosts: { followed: hosts.length - unsure, unsure } };
      }
      await delay(lookEvery, undefined, { ref: false });
    }
  }

  async end(): Promise<void> {
    await this.#elsewhere?.end();
    this.#target.rollouts.current = undefined;
    await this.#claim.release().catch(() => {});
  }

  /** Commits what was stored before, as a revision of its own. */
  async #takeBack(undoes: number): Promise<undefined> {
    const { record, context, name } = this.#target;
    const { digest, configuration, checks } = this.#stored;
    await record.commit({
      ...{ live: digest, settings: configuration.asked, held: configuration.settings, checks },
      ...{ outcome: "swapped", who: "rollout", details: { undoes } },
      event: { kind: "deployed", data: { version: digest, outcome: "swapped" } },
    });
    await reconcile(this.#target);
    void context.events.tidy(name);
  }
}
