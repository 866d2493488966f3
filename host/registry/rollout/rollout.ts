/** Rollout: a deployment that one host has alone at first, then the others, and that is undone where it fails. */
import { setTimeout as delay } from "node:timers/promises";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import { asHotcellError, type ErrorCode, type HotcellError } from "../../errors.ts";
import type { PlannedDeployment } from "../deploy/gates.ts";
import type { Release } from "../deploy/handover.ts";
import { promote } from "../deploy/promote.ts";
import type { DeployTarget } from "../deploy/target.ts";
import type { Transaction } from "../deploy/transaction.ts";
import { reconcile } from "../reconcile.ts";
import type { Configuration } from "../settings/settings.ts";
import { millisecondsOf } from "../settings/time-text.ts";
import type { Running } from "../traffic/plugin-traffic.ts";
import type { RunningVersion } from "../traffic/running-version.ts";
import { goBack } from "./go-back.ts";
import type { OtherHost, OtherHosts, RolloutClaim } from "./other-hosts.ts";
import { hostBehind, rolloutUnderWay, trapsMore } from "./rollout-errors.ts";
import type { RolloutOutcome, RolloutUnderWay } from "./rollout-slot.ts";
import { isWorse, type Tally } from "./tally.ts";

/** Milliseconds between looks at what has been counted, and at the others. */
const [countEvery, lookEvery] = [50, 100];

/** State that what fails is taken back to, as it is stored. */
interface StoredBefore {
  readonly digest: string;
  readonly configuration: Configuration;
  readonly checks: unknown;
}

/** Codes of what keeps a host behind in passing: it follows when that is over. */
const passing = new Set<ErrorCode>(["store-unavailable", "closed"]);

const noCalls: Tally = { calls: 0, traps: 0 };

export class Rollout {
  readonly #target: DeployTarget;
  readonly #planned: PlannedDeployment;
  readonly #others: OtherHosts;
  readonly #claim: RolloutClaim;
  /** Others as they were told last. */
  #hosts: readonly OtherHost[];
  readonly #before: Running | undefined;
  readonly #stored: StoredBefore;
  /** Aborted with what ends the trial on this host. */
  readonly #stopping = new AbortController();
  #closing = false;
  #live: RunningVersion | undefined;
  #underWay: Omit<RolloutUnderWay, keyof Tally> | undefined;
  #first: Tally | undefined;

  private constructor(
    target: DeployTarget,
    planned: PlannedDeployment,
    others: OtherHosts,
    claim: RolloutClaim,
    hosts: readonly OtherHost[],
  ) {
    const { record, traffic } = target;
    this.#target = target;
    this.#planned = planned;
    this.#others = others;
    this.#claim = claim;
    this.#hosts = hosts;
    this.#before = traffic.live;
    const { configuration, checks } = record;
    this.#stored = { digest: record.live!.digest, configuration, checks };
  }

  /** Begins what is to go host by host; undefined for what is not. Throws `rollout-under-way`. */
  static async begin(target: DeployTarget, planned: PlannedDeployment): Promise<Rollout | undefined> {
    const { record, context, name } = target;
    const { others } = context;
    const { options, checked, configuration } = planned;
    // A return to what ran before is the cure, and is not tried for long.
    if (!others || !configuration.settings.rollout || !checked || options.atOnce || options.dryRun) return;
    if (!record.live || record.damage) return;
    const hosts = await others.standings();
    if (hosts.length === 0) return;
    const claim = await others.claim(name);
    if (typeof claim === "string") throw rolloutUnderWay(name, claim);
    const rollout = new Rollout(target, planned, others, claim, hosts);
    target.rollouts.current = rollout;
    return rollout;
  }

  /** Undefined while no version is tried. */
  get told(): RolloutUnderWay | undefined {
    return this.#underWay && { ...this.#underWay, ...this.#live!.tally };
  }

  /** Calls that the first host made while it alone had it. */
  get first(): Tally | undefined {
    return this.#first;
  }

  /** True where the version takes calls here. */
  get promoted(): boolean {
    return this.#live !== undefined;
  }

  /** Ends the trial on this host with that error. */
  stop(error: HotcellError): void {
    this.#stopping.abort(error);
  }

  /** Ends all that waits: the host closes. */
  close(error: HotcellError): void {
    this.#closing = true;
    this.stop(error);
  }

  /**
   * Lets the version take this host's calls, until the setting's time is over or as many calls as it says have been made. Nothing is
   * tried where no new cell is, or another host has it. Rejects with `rollout-failed`, and with what it is stopped with.
   */
  async tryHere(
    live: RunningVersion | undefined,
    release: Release | undefined,
    transaction: Transaction,
  ): Promise<void> {
    if (live && !live.elsewhere)
      await transaction.stepAsync("tried-first", () => this.#tryHere(live, release));
  }

  async #tryHere(live: RunningVersion, release: Release | undefined): Promise<void> {
    const { context, name } = this.#target;
    const { component, configuration, options } = this.#planned;
    const { time, calls = Number.POSITIVE_INFINITY } = configuration.settings.rollout!;
    const milliseconds = millisecondsOf(time);
    const before = this.#before?.live.tally ?? noCalls;
    const { revision } = this.#target.record;
    promote(this.#target, { component, configuration, revision, live, release });
    this.#live = live;
    const [since, until] = [0, milliseconds].map((later) => new Date(Date.now() + later).toISOString());
    this.#underWay = { version: component.digest, since: since!, until: until!, before };
    context.events.rolloutBegun(name, options.who, { version: component.digest, until });
    context.standing.tries(name, component.digest);
    const lost = () => this.stop(asHotcellError(rolloutUnderWay(name, "Another host")));
    this.#claim.lost.addEventListener("abort", lost);
    try {
      await counted(milliseconds, this.#stopping.signal, () => {
        const now = live.tally;
        if (isWorse(before, now)) throw trapsMore(name, before, now);
        return now.calls >= calls;
      });
      await live.lifecycle.requireHealth();
    } finally {
      this.#claim.lost.removeEventListener("abort", lost);
      this.#first = live.tally;
      this.#underWay = undefined;
      context.standing.tries(name, undefined);
    }
  }

  /** Takes this host back to what is stored; also where it closes, since it keeps the state of what runs for the next one. */
  async undo(): Promise<void> {
    if (this.#live) await goBack(this.#target, this.#before);
  }

  /**
   * Waits until the others run what was committed with that event. Where one of them can't, what was stored before is stored again.
   * Throws `rollout-failed`.
   */
  async goOn(event: number, revision: number): Promise<RolloutOutcome> {
    const { name } = this.#target;
    const end = performance.now() + nodeBounds.rolloutWait.value;
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

/** Resolves once the time is over, or `enough` says so; rejects with what that throws, and with what the signal is aborted with. */
async function counted(milliseconds: number, signal: AbortSignal, enough: () => boolean): Promise<void> {
  signal.throwIfAborted();
  const end = performance.now() + milliseconds;
  while (!enough() && performance.now() < end) {
    await delay(countEvery, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
  }
}
