/** Hosts as deployments that go host by host see them: by leases, by what each tells of itself, and by what it is asked to try. */
import { nodeBounds } from "../bounds/node-bounds.ts";
import { asHotcellError, type ErrorCode, HotcellError } from "../errors.ts";
import { CellsMoved } from "../placement/far/elsewhere.ts";
import { within } from "../platform/within.ts";
import type {
  AskedTrial,
  MakeTrial,
  OtherHost,
  OtherHosts,
  RolloutClaim,
  TrialElsewhere,
} from "../registry/rollout/other-hosts.ts";
import { failedThere, notTaken, trierLost } from "../registry/rollout/rollout-errors.ts";
import type { RolloutUnderWay, TryingHost } from "../registry/rollout/rollout-slot.ts";
import { type HostNode, isOwn, type Leases } from "./leases.ts";
import type { PluginClaims } from "./plugin-claims.ts";

/** Codes of hosts that end, or have ended. */
const gone = new Set<ErrorCode>(["process-died", "closed"]);

/** Trial as hosts tell each other how it goes. */
interface ToldTrial {
  readonly told: RolloutUnderWay;
  readonly passed: boolean;
}

export class RolloutHosts implements OtherHosts {
  readonly #leases: Leases;
  readonly #claims: Pick<PluginClaims, "hostWith">;
  #make: MakeTrial | undefined;

  /** `claims` know who has which cells. */
  constructor(leases: Leases, claims: Pick<PluginClaims, "hostWith">) {
    this.#leases = leases;
    this.#claims = claims;
  }

  get self(): string {
    return nameOf(this.#leases.self);
  }

  async standings(): Promise<OtherHost[]> {
    const { id } = this.#leases.self;
    return (await this.#leases.nodes())
      .filter((node) => node.id !== id)
      .map((node) => ({ name: nameOf(node), standing: node.standing }));
  }

  async claim(plugin: string): Promise<RolloutClaim | string> {
    const taken = await this.#leases.acquire(leaseOf(plugin));
    return isOwn(taken) ? taken : nameOf(taken.holder);
  }

  async claimant(plugin: string): Promise<string | undefined> {
    const held = await this.#leases.holder(leaseOf(plugin));
    return held && held.holder.id !== this.#leases.self.id ? nameOf(held.holder) : undefined;
  }

  async tryThere(
    cells: string,
    { plugin, revision, digest, settings, pieces }: AskedTrial,
    hear: (told: RolloutUnderWay) => void,
  ): Promise<TrialElsewhere> {
    const asked = await this.#claims.hostWith(cells, plugin);
    if (!asked) throw nobodyHasIt(plugin);
    const { node, far } = asked;
    const name = nameOf(node);
    const { machine, pid, address } = node;
    const host: TryingHost = { machine, pid, ...(address !== undefined && { address }) };
    const passed = Promise.withResolvers<void>();
    const about = JSON.stringify({ digest, settings });
    // One that stands still keeps its cell, and never says that it does not go on.
    const silent = setTimeout(() => passed.reject(trierLost(plugin, name)), nodeBounds.trialSilence.value);
    silent.unref();
    const trial = far.tryOut({ name: cells, plugin, revision }, { about, pieces }, (text) => {
      silent.refresh();
      const { told, passed: ended } = JSON.parse(text) as ToldTrial;
      hear({ ...told, host });
      if (ended) passed.resolve();
    });
    const other = node.version !== this.#leases.self.version;
    const over = trial.over.then(
      () => passed.reject(trierLost(plugin, name)),
      (error: unknown) => {
        if (error instanceof CellsMoved)
          passed.reject(other ? notTaken(plugin, name, node.version) : nobodyHasIt(plugin));
        else if (gone.has(asHotcellError(error).code)) passed.reject(trierLost(plugin, name));
        else passed.reject(failedThere(name, asHotcellError(error)));
      },
    );
    // Whoever asks for it hears of it.
    passed.promise.catch(() => {}).finally(() => clearTimeout(silent));
    let ended: Promise<void> | undefined;
    const end = async () => {
      trial.decide();
      if (await within(over, nodeBounds.decideTime.value)) return;
      trial.leave();
      await over;
    };
    return {
      ...{ name, host, passed: passed.promise },
      end: () => {
        ended ??= end();
        return ended;
      },
    };
  }

  connect(make: MakeTrial): void {
    this.#make = make;
  }

  /**
   * Trial that another host asks this one for, in the words of `tryThere`; `tell` gets what that hears. See `MakeTrial`.
   */
  async tryHere(
    { plugin, revision }: Pick<AskedTrial, "plugin" | "revision">,
    { about, pieces }: { about: string; pieces: readonly Uint8Array[] },
    tell: (text: string) => void,
    decided: AbortSignal,
  ): Promise<void> {
    const { digest, settings } = JSON.parse(about) as Pick<AskedTrial, "digest" | "settings">;
    await this.#make?.(
      { plugin, revision, digest, settings, pieces },
      (told, passed) => tell(JSON.stringify({ told, passed } satisfies ToldTrial)),
      decided,
    );
  }
}

function nobodyHasIt(plugin: string): HotcellError {
  return new HotcellError(
    "process-died",
    `The host that had the cell of ${plugin} gave it up, or does not answer: nothing was tried, and nothing has happened.`,
    { subject: plugin, retryAfter: 1, remedy: "Deploy it again: another host has the cell by then." },
  );
}

function leaseOf(plugin: string): string {
  return `rollout/${plugin}`;
}

function nameOf({ machine, pid, address }: HostNode): string {
  return `The host ${address ?? `with process ${pid}`} on ${machine}`;
}
