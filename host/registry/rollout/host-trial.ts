/** Trial of a version on this host, which gives it the plugin's calls here, and is undone where it fails. */
import { setTimeout as delay } from "node:timers/promises";
import type { HotcellError } from "../../errors.ts";
import { type Promotion, promote } from "../deploy/promote.ts";
import type { DeployTarget } from "../deploy/target.ts";
import { millisecondsOf } from "../settings/time-text.ts";
import type { Running } from "../traffic/plugin-traffic.ts";
import type { RunningVersion } from "../traffic/running-version.ts";
import { goBack } from "./go-back.ts";
import { cellLost, trapsMore } from "./rollout-errors.ts";
import type { RolloutUnderWay } from "./rollout-slot.ts";
import { isWorse, type Tally } from "./tally.ts";

/** Milliseconds between looks at what has been counted. */
const countEvery = 50;

const noCalls: Tally = { calls: 0, traps: 0 };

type Tried = Omit<Promotion, "revision" | "live"> & { readonly live: RunningVersion };

export class HostTrial {
  readonly #target: DeployTarget;
  readonly #tried: Tried;
  readonly #before: Running | undefined;
  readonly #facts: Omit<RolloutUnderWay, keyof Tally>;
  /** Aborted with what ends it. */
  readonly #stopping = new AbortController();
  readonly #time: number;

  private constructor(target: DeployTarget, tried: Tried, before: Running | undefined) {
    const { component, configuration } = tried;
    this.#target = target;
    this.#tried = tried;
    this.#before = before;
    this.#time = millisecondsOf(configuration.settings.rollout!.time);
    const [since, until] = [0, this.#time].map((later) => new Date(Date.now() + later).toISOString());
    const tally = before?.live.tally ?? noCalls;
    this.#facts = { version: component.digest, since: since!, until: until!, before: tally };
  }

  /** Makes the version live here, and nowhere else. */
  static begin(target: DeployTarget, tried: Tried): HostTrial {
    const trial = new HostTrial(target, tried, target.traffic.live);
    promote(target, { ...tried, revision: target.record.revision });
    target.context.standing.tries(target.name, tried.component.digest);
    return trial;
  }

  get told(): RolloutUnderWay {
    return { ...this.#facts, ...this.#tried.live.tally };
  }

  /** Ends it with that error. */
  stop(error: HotcellError): void {
    this.#stopping.abort(error);
  }

  /**
   * Resolves when the setting's time is over, or as many calls as it says have been made, and the version still says that it is healthy.
   * `look` is called now and then. Rejects with `rollout-failed`, and with what it is stopped with.
   */
  async passed(look: () => void = () => {}): Promise<void> {
    const { name: plugin, context } = this.#target;
    const { live, configuration } = this.#tried;
    const { calls = Number.POSITIVE_INFINITY } = configuration.settings.rollout!;
    try {
      await counted(this.#time, this.#stopping.signal, () => {
        // What is counted from here on is what another host has in its cell.
        if (live.elsewhere) throw cellLost(plugin);
        const [before, now] = [this.#facts.before, live.tally];
        if (isWorse(before, now)) throw trapsMore(plugin, context.others!.self, before, now);
        look();
        return now.calls >= calls;
      });
      await live.lifecycle.requireHealth();
    } finally {
      context.standing.tries(plugin, undefined);
    }
  }

  /** Takes this host back to what is stored; also where it closes, since it keeps the state of what runs for the next one. */
  undo(): Promise<void> {
    return goBack(this.#target, this.#before);
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
