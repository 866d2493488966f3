/** Components of a plugin's kept versions: read from the store, or the one that runs. */
import { isDeepStrictEqual } from "node:util";
import { servesHttp } from "../../capabilities/http/incoming-handler.ts";
import { inspectComponent } from "../../component/inspect.ts";
import type { ComponentLimits } from "../../component/structure-limits.ts";
import { HotcellError } from "../../errors.ts";
import { digestOf, missingBinary } from "../../store/refusals.ts";
import type { Store } from "../../store/store.ts";
import { requireTreeWithin, type TreeFile, type VersionFile } from "../../tree/file-tree.ts";
import { SentFiles } from "../../tree/sent-files.ts";
import { diffTrees, type FileChanges } from "../../tree/tree-diff.ts";
import { shownPath } from "../../tree/tree-errors.ts";
import { readPack } from "../../tree/version-pack.ts";
import { type Change, diffWorlds } from "../../wit/diff/diff.ts";
import { readable } from "../plugin-limits.ts";
import type { HostRules } from "../settings/host-rules.ts";
import { type Configuration, configured, configuredFor } from "../settings/settings.ts";
import { parseStored } from "../settings/stored-settings.ts";
import type { PluginTraffic } from "../traffic/plugin-traffic.ts";
import { piecesIn, type Version, withFiles } from "../version.ts";
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

/** Changes from one version to another: of what callers notice, and of files. */
export interface VersionChanges {
  readonly changes: readonly Change[];
  readonly files: FileChanges | undefined;
}

export class KeptComponents {
  readonly #of: ComponentSources;

  constructor(sources: ComponentSources) {
    this.#of = sources;
  }

  /** A kept version; the live one by default. Throws `version-not-found`. */
  async get(digest: string = this.#of.record.require().digest): Promise<Version> {
    const running = this.#of.traffic.live?.component;
    if (running?.digest === digest) return running;
    return this.#read(digest, readable);
  }

  /** A kept version that is to go live with these settings. Throws `component-limit` where they don't allow it. */
  async within(digest: string, { settings: { limits } }: Configuration): Promise<Version> {
    const { record, traffic } = this.#of;
    const running = traffic.live?.component;
    const { limits: before } = record.configuration.settings;
    if (running?.digest === digest && isDeepStrictEqual(limits, before)) return running;
    const version = await this.#read(digest, limits);
    if (version.files) requireTreeWithin(version.files.sent.tree, limits);
    return version;
  }

  /**
   * Version whose pieces another host has sent, by their digests, or that is stored, and its configuration by settings as they would be
   * stored. Throws what is thrown for an upload and its settings.
   */
  async sent(
    digest: string,
    pieces: ReadonlyMap<string, Uint8Array>,
    settings: unknown,
    rules: HostRules,
  ): Promise<{ component: Version; configuration: Configuration }> {
    const asked = configured(parseStored(settings, rules), rules.ceilings);
    const { limits } = asked.settings;
    const running = this.#of.traffic.live?.component;
    const component =
      pieces.size === 0 && running?.digest === digest ? running : await this.#read(digest, limits, pieces);
    return {
      component,
      configuration: configuredFor(asked, servesHttp(component.world), rules.ceilings),
    };
  }

  /** The live version's. Throws `plugin-damaged` for one that can't be read, and remembers it. */
  async live(): Promise<Version> {
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
  async changesTo(next: Version): Promise<VersionChanges | undefined> {
    const { live } = this.#of.record;
    const after = next.files?.sent.tree.files;
    if (!live) return { changes: [], files: diffTrees(undefined, after) };
    if (live.digest === next.digest) return { changes: [], files: undefined };
    try {
      const before = await this.get();
      const changes = diffWorlds(before.world, next.world);
      return { changes, files: diffTrees(before.files?.sent.tree.files, after) };
    } catch (error) {
      if (damageOfBinary(error)) return undefined;
      throw error;
    }
  }

  /** Binary of a version's component. Throws `version-not-found`. */
  async wasm(digest: string): Promise<Uint8Array> {
    const bytes = await this.#of.history.binary(digest);
    const pack = readPack(bytes);
    return pack ? this.#part(pack.component) : bytes;
  }

  /** Files that came with a version. Throws `version-not-found`. */
  async files(digest: string): Promise<readonly VersionFile[]> {
    return (await this.#tree(digest)).map(({ path, digest, size }) => ({ path, digest, size }));
  }

  /** A file of a version, with its bytes. Throws `version-not-found` and `file-not-found`. */
  async file(digest: string, path: string): Promise<VersionFile & { readonly bytes: Uint8Array }> {
    const found = (await this.#tree(digest)).find((file) => file.path === path);
    if (found) {
      const { size, pieces } = found;
      const bytes = Buffer.concat(await Promise.all(pieces.map((piece) => this.#part(piece))), size);
      return { path, digest: found.digest, size, bytes };
    }
    const shown = JSON.stringify(shownPath(path));
    const { name } = this.#of;
    throw new HotcellError("file-not-found", `No file ${shown} came with this version of ${name}.`, {
      subject: shownPath(path),
      remedy: `List them with GET /plugins/${name}/versions/${digest}/files, or registry.files(${JSON.stringify(name)}, …) in code.`,
      extra: { plugin: name },
    });
  }

  /** `sent`: pieces that may not be stored yet. */
  async #read(
    digest: string,
    limits: Partial<ComponentLimits>,
    sent?: ReadonlyMap<string, Uint8Array>,
  ): Promise<Version> {
    const bytes = sent?.get(digest) ?? (await this.#binary(digest));
    const pack = readPack(bytes);
    if (!pack) return inspectComponent(bytes, limits);
    const part = sent?.get(pack.component) ?? (await this.#part(pack.component));
    const component = inspectComponent(part, limits);
    return withFiles(component, new SentFiles(pack.tree, piecesIn(this.#of.store), sent), digestOf);
  }

  async #tree(digest: string): Promise<readonly TreeFile[]> {
    return readPack(await this.#of.history.binary(digest))?.tree.files ?? [];
  }

  async #part(digest: string): Promise<Uint8Array> {
    const bytes = await this.#of.store.binary(digest);
    if (bytes) return bytes;
    throw missingBinary(digest, "the store");
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
