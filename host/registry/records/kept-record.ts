import { setTimeout as delay } from "node:timers/promises";
import { grantedLinks } from "../../capabilities/plugins/granted-links.ts";
import type { LinkedNames } from "../../capabilities/plugins/linked-names.ts";
import { storeBehind } from "../../store/refusals.ts";
import type { Committed, PluginRecord, Store } from "../../store/store.ts";
import { harmlessLines } from "../../text/harmless.ts";
import { isObject } from "../../text/json-value.ts";
import type { Admission } from "../api.ts";
import type { About } from "../deploy/about.ts";
import type { Checks } from "../deploy/checks.ts";
import type { LinkTable } from "../links/link-table.ts";
import { pluginNotFound } from "../plugin-names.ts";
import type { RouteTable } from "../routing/route-table.ts";
import type { Schedules } from "../schedule/schedules.ts";
import type { HostRules } from "../settings/host-rules.ts";
import { type Configuration, configured, parseAsked } from "../settings/settings.ts";
import type { SourceTable } from "../source-table.ts";
import type { Damage } from "../told-plugins.ts";
import { damageOfBinary, type Examined, examine, pluginDamaged } from "./damage.ts";
import type { RecordRoom } from "./record-room.ts";

/** Milliseconds between looks at a binary that is damaged: an upload of another plugin may have mended it. */
const lookAgainAfter = 5000;

/** Looks at a store that is behind what it has told, and milliseconds between them. */
const [maxLooks, betweenLooks] = [20, 50];

/** Parts of a registry that take note of what is stored. */
interface RecordUses {
  readonly room: RecordRoom;
  readonly routes: RouteTable;
  readonly links: LinkTable;
  readonly schedules: Schedules;
  readonly sources: SourceTable;
  readonly contracts: { noteChange(): void };
}

const noLinks: LinkedNames = {};

/** Record that the store has of one plugin, as far as it can be read, with the damage that was found. */
export class KeptRecord {
  readonly #name: string;
  readonly #store: Store;
  readonly #rules: HostRules;
  readonly #room: RecordRoom;
  readonly #routes: RouteTable;
  readonly #links: LinkTable;
  readonly #schedules: Schedules;
  readonly #sources: SourceTable;
  readonly #contracts: RecordUses["contracts"];
  /** Undefined until something is committed. */
  #record: PluginRecord | undefined;
  #examined: Examined = { readable: true };
  /** Configuration that could be read last, while what is stored is a newer Hotcell's. */
  #before: Configuration | undefined;
  /** Damage of the live version's binary, and when it was found. */
  #binaryDamage: { readonly damage: Damage; readonly at: number } | undefined;

  constructor(
    name: string,
    store: Store,
    rules: HostRules,
    { room, routes, links, schedules, sources, contracts }: RecordUses,
    record: PluginRecord | undefined,
  ) {
    this.#name = name;
    this.#store = store;
    this.#rules = rules;
    this.#room = room;
    this.#routes = routes;
    this.#links = links;
    this.#schedules = schedules;
    this.#sources = sources;
    this.#contracts = contracts;
    this.#remember(record);
  }

  get live(): PluginRecord["live"] {
    return this.#record?.live;
  }

  /** Revision of the last commit; 0 before the first. */
  get revision(): number {
    return this.#record?.revision ?? 0;
  }

  /** Undefined where nothing is deployed. */
  get revisionLive(): number | undefined {
    return this.live && this.revision;
  }

  /** Reason why the plugin does not run. */
  get damage(): Damage | undefined {
    return this.#examined.damage ?? this.#binaryDamage?.damage;
  }

  /** Undefined where there is none yet, or what is stored can't be read. */
  get stored(): Configuration | undefined {
    return this.#examined.configuration;
  }

  /** Settings that the plugin has now; the defaults where nothing can be read. */
  get configuration(): Configuration {
    return this.stored ?? configured(parseAsked({}, this.#rules.table), this.#rules.ceilings);
  }

  /**
   * Configuration by which the plugin is served: the stored one; where a newer Hotcell has stored what is not known here, the one before,
   * since what runs goes on; the defaults where nothing can be read.
   */
  get served(): Configuration {
    return this.#before ?? this.configuration;
  }

  /** Settings by which requests are let in; undefined where nothing is deployed. Nobody without a token where they can't be read. */
  get admission(): Admission | undefined {
    if (!this.live) return undefined;
    if (!this.#before) return this.stored?.settings ?? { access: "token" };
    // What can be seen to let less in does.
    const { access, ...others } = this.#before.settings;
    const stricter = stricterAccess(access, this.#record?.settings);
    return { ...others, ...(stricter && { access: stricter }) };
  }

  get checks(): Checks | undefined {
    return this.#examined.checks;
  }

  /** The live version. Throws `plugin-not-found`. */
  require(): { digest: string; size: number; about: About; revision: number; at: string } {
    const { live, revision, at } = this.#record ?? {};
    if (!live) throw pluginNotFound(this.#name);
    const { about = { functions: [], world: "" } } = this.#examined;
    return { digest: live.digest, size: live.size, about, revision: revision!, at: at! };
  }

  /** Throws `plugin-damaged`: a change of a part of what can't be read would put defaults in the place of the rest, unasked. */
  requireReadable(): void {
    const { readable, damage } = this.#examined;
    if (!readable && damage) throw pluginDamaged(this.#name, damage);
  }

  /** Throws `plugin-damaged` where another Hotcell has stored what this one does not know: an upload would put defaults in its place. */
  requireKnown(): void {
    const { readable, damage } = this.#examined;
    if (!readable && damage?.code === "store-too-new") throw pluginDamaged(this.#name, damage);
  }

  /** Remembers what kept the live version's binary from being read, if that is damage. */
  noteDamage(error: unknown): void {
    const damage = damageOfBinary(error);
    if (!damage) return;
    if (!this.#binaryDamage) console.error(harmlessLines(pluginDamaged(this.#name, damage).message));
    this.#binaryDamage = { damage, at: performance.now() };
  }

  /** The live version's binary is whole. */
  noteWhole(): void {
    this.#binaryDamage = undefined;
  }

  mayLookAgain(): boolean {
    if (this.#examined.damage || !this.#binaryDamage) return false;
    return performance.now() - this.#binaryDamage.at >= lookAgainAfter;
  }

  /**
   * Reads it again: another host may have changed it. It is never taken back, nor to before `least`, a revision that the store has told
   * of: a server of several that has not caught up is asked again, and then `store-unavailable` is thrown.
   */
  async refresh(least = 0): Promise<void> {
    for (let look = 1; ; look++) {
      const record = await this.#store.plugin(this.#name);
      const revision = record?.revision ?? 0;
      const known = Math.max(least, this.revision);
      if (revision >= known) return this.#remember(record);
      if (look === maxLooks) throw storeBehind(this.#name, known, revision);
      await delay(betweenLooks);
    }
  }

  /** Resolves to the commit; another host may have made a later one by then. */
  async commit(
    change: Omit<Parameters<Store["commit"]>[0], "plugin" | "expected" | "at">,
  ): Promise<Committed> {
    const { live, binary, settings, checks } = change;
    if (live !== undefined)
      this.#room.change({
        about: binary?.about ?? this.live?.about,
        settings,
        checks,
      });
    const at = new Date().toISOString();
    let committed: Committed;
    try {
      committed = await this.#store.commit({ ...change, plugin: this.#name, expected: this.revision, at });
    } catch (error) {
      // Where another host was quicker, what is there now is what counts.
      await this.refresh();
      throw error;
    }
    const { revision } = committed;
    // It is kept, whether or not the store can be read just now: then it is read once the store tells of it.
    await this.refresh(revision).catch(() => {
      if (live === undefined && this.#record) this.#remember({ ...this.#record, revision, live });
    });
    return committed;
  }

  #remember(record: PluginRecord | undefined): void {
    const before = this.#record;
    const served = this.#before ?? this.stored;
    this.#record = record;
    this.#examined = examine(record, this.#rules);
    this.#before = record?.live && this.#examined.damage?.code === "store-too-new" ? served : undefined;
    if (record?.revision !== before?.revision) this.#binaryDamage = undefined;
    this.#routes.store(this.#name, this.admission?.routes ?? [], record?.at ?? "");
    const { settings: own, grants } = this.served;
    this.#schedules.store(this.#name, (this.live && own.schedule) ?? []);
    this.#sources.store(this.#name, this.live && own.source);
    this.#links.store(this.#name, record?.live?.digest, this.live ? grantedLinks(grants) : noLinks);
    this.#contracts.noteChange();
    const { settings, checks } = record ?? {};
    // What is damaged may be of any type.
    if (record) this.#room.resume({ about: this.#examined.about, settings, checks });
  }
}

/** Access that lets no more in than either: the one of the settings before, or what stored settings can be seen to say. */
function stricterAccess(before: Admission["access"], stored: unknown): Admission["access"] {
  const access = isObject(stored) ? stored.access : before;
  if (before === "token" || (access !== undefined && access !== "public")) return "token";
  return access === undefined ? undefined : before;
}
