/** Traffic of one plugin: which version takes the next call, and those before it whose calls have not ended. */

import type { Configuration } from "../settings/settings.ts";
import type { Version } from "../version.ts";
import type { Retirement } from "./retired-errors.ts";
import type { RunningVersion } from "./running-version.ts";

export interface Running {
  readonly component: Version;
  /** The settings it runs under, which those of the plugin's record are compared with. */
  readonly configuration: Configuration;
  readonly live: RunningVersion;
}

export class PluginTraffic {
  #live: Running | undefined;
  /** Revision that what runs is of. */
  #revision = 0;
  readonly #draining = new Set<Promise<void>>();

  /** Undefined until it is needed, and when nothing is deployed. */
  get live(): Running | undefined {
    return this.#live;
  }

  /** Tells whether what runs is what a record of this revision says; nothing may run yet. */
  follows(revision: number): boolean {
    return !this.#live || this.#revision >= revision;
  }

  /** Notes that what runs is what the record of this revision says. */
  reach(revision: number): void {
    this.#revision = revision;
  }

  /** Version that takes the next call: the live one, as long as no other takes a part of them. */
  choose(): RunningVersion | undefined {
    return this.#live?.live;
  }

  /** Makes a version live, or none, and retires the one before. */
  put(running: Running | undefined, why: Retirement = "replaced"): void {
    const before = this.#live?.live;
    this.#live = running;
    if (!before) return;
    const drained = before.retire(why).finally(() => this.#draining.delete(drained));
    this.#draining.add(drained);
  }

  /** Lets the live version, if there is one, go on under other settings, which take no new cell. */
  adjust(configuration: Configuration): void {
    if (!this.#live) return;
    this.#live.live.adjust(configuration.settings);
    this.#live = { ...this.#live, configuration };
  }

  /** Resolves when the last call of every version that was retired has ended. */
  async drained(): Promise<void> {
    await Promise.all(this.#draining);
  }
}
