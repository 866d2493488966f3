/** Components of a plugin's kept versions: read from the store, or the one that runs. */
import { isDeepStrictEqual } from "node:util";
import type { Component } from "../../component/component.ts";
import { inspectComponent } from "../../component/inspect.ts";
import { missingBinary } from "../../store/refusals.ts";
import type { Store } from "../../store/store.ts";
import { type Change, diffWorlds } from "../../wit/diff/diff.ts";
import { readable } from "../plugin-limits.ts";
import type { Configuration } from "../settings/settings.ts";
import type { PluginTraffic } from "../traffic/plugin-traffic.ts";
import { damageOfBinary, pluginDamaged } from "./damage.ts";
import type { History } from "./history.ts";
import type { KeptRecord } from "./kept-record.ts";

export interface ComponentSources {
  readonly name: string;
  readonly store: Store;
  readonly record: KeptRecord;
  readonly history: History;
  readonly traffic: PluginTraffic;
}

export class KeptComponents {
  readonly #of: ComponentSources;

  constructor(sources: ComponentSources) {
    this.#of = sources;
  }

  /** A kept version; the live one by default. Throws `version-not-found`. */
  async get(digest: string = this.#of.record.require().digest): Promise<Component> {
    const running = this.#of.traffic.live?.component;
    if (running?.digest === digest) return running;
    return inspectComponent(await this.#binary(digest), readable);
  }

  /** A kept version that is to go live with these settings. Throws `component-limit` where they don't allow it. */
  async within(digest: string, { settings: { limits } }: Configuration): Promise<Component> {
    const { record, traffic } = this.#of;
    const running = traffic.live?.component;
    const { limits: before } = record.configuration.settings;
    if (running?.digest === digest && isDeepStrictEqual(limits, before)) return running;
    return inspectComponent(await this.#binary(digest), limits);
  }

  /** The live version's. Throws `plugin-damaged` for one that can't be read, and remembers it. */
  async live(): Promise<Component> {
    const { name, record } = this.#of;
    try {
      const component = await this.get();
      record.noteWhole();
      return component;
    } catch (error) {
      record.noteDamage(error);
      throw record.damage ? pluginDamaged(name, record.damage) : error;
    }
  }

  /**
   * Changes from the live version to another. Undefined where the live version is damaged: it can't be compared with, and
   * to upload over it mends it.
   */
  async changesTo(next: Component): Promise<readonly Change[] | undefined> {
    const { live } = this.#of.record;
    if (!live || live.digest === next.digest) return [];
    try {
      return diffWorlds((await this.get()).world, next.world);
    } catch (error) {
      if (damageOfBinary(error)) return undefined;
      throw error;
    }
  }

  /** The live one needs no history. */
  async #binary(digest: string): Promise<Uint8Array> {
    const { store, record, history } = this.#of;
    if (digest !== record.live?.digest) return history.binary(digest);
    const bytes = await store.binary(digest);
    if (bytes) return bytes;
    throw missingBinary(digest, "the store");
  }
}
