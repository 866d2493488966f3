import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { HostDrivers } from "../backends/drivers.ts";
import type { Json } from "../capabilities/secret.ts";
import { HotcellError, SymbolNotFoundError } from "../errors.ts";
import type { CallOptions } from "../placement/call-options.ts";
import { pluginClosed } from "../placement/closed.ts";
import { aText, aYesOrNo, checkOptions, type Kind, requireKind } from "../platform/code-options.ts";
import { FileWatch } from "../platform/file-watch.ts";
import { OneByOne } from "../registry/one-by-one.ts";
import { harmlessLines } from "../text/harmless.ts";
import { diffWorlds } from "../wit/diff/diff.ts";
import { findByPath } from "../wit/exports.ts";
import { missingFunction, some } from "../wit/missing-function.ts";
import type { World } from "../wit/model.ts";
import type { OpenedVersion } from "./opened-version.ts";
import type {
  Plugin,
  PluginEvents,
  PluginSwap,
  PluginSymbol,
  ReplaceOptions,
  UntypedExports,
} from "./plugin-api.ts";
import { exportsOf } from "./plugin-exports.ts";
import { PluginListeners } from "./plugin-listeners.ts";
import { FollowingSymbol, type Follows } from "./plugin-symbol.ts";

/** Version in the making: inspected and linked, not yet compiled and started. */
export interface PreparedVersion {
  readonly digest: string;
  readonly world: World;
  /** Starts it; rejects with what refuses it. */
  start(): Promise<OpenedVersion>;
}

export interface OpenedParts {
  readonly name: string;
  readonly version: OpenedVersion;
  readonly prepare: (bytes: Uint8Array) => PreparedVersion;
  /** Its own, closed with it. */
  readonly drivers: HostDrivers;
}

const replaceKinds = { allowBreaking: aYesOrNo } satisfies Record<keyof ReplaceOptions, Kind>;

const someBytes: Kind = {
  expected: "a component's bytes, a Uint8Array or an ArrayBuffer",
  fits: (value) => value instanceof Uint8Array || value instanceof ArrayBuffer,
};

export class OpenedPlugin implements Plugin, Follows {
  version: OpenedVersion;
  readonly #name: string;
  readonly #prepare: OpenedParts["prepare"];
  readonly #drivers: HostDrivers;
  readonly #replacements = new OneByOne();
  readonly #listeners = new PluginListeners();
  /** Versions before it whose calls have not ended. */
  readonly #retired = new Set<OpenedVersion>();
  #watch: FileWatch | undefined;
  #exports: { readonly version: OpenedVersion; readonly members: UntypedExports } | undefined;
  #closed = false;

  constructor({ name, version, prepare, drivers }: OpenedParts) {
    this.#name = name;
    this.version = version;
    this.#prepare = prepare;
    this.#drivers = drivers;
  }

  get world(): World {
    return this.version.world;
  }

  get digest(): string {
    return this.version.digest;
  }

  get exports(): UntypedExports {
    const { version } = this;
    if (this.#exports?.version !== version)
      this.#exports = {
        version,
        members: exportsOf(version.world, (found) => new FollowingSymbol(this, found).callable),
      };
    return this.#exports.members;
  }

  lookup(name: string): PluginSymbol {
    requireKind("The name to look up", name, aText, "name");
    const found = findByPath(this.version.functions, name);
    if (!found) throw this.#notFound(name);
    return new FollowingSymbol(this, found);
  }

  async callJson(name: string, args?: unknown, options?: CallOptions): Promise<Json> {
    return this.lookup(name).callJson(args, options);
  }

  async replace(
    bytes: Uint8Array | ArrayBuffer,
    options: ReplaceOptions = {},
  ): Promise<PluginSwap | undefined> {
    requireKind("What replaces it", bytes, someBytes, "bytes");
    checkOptions("replace", options, replaceKinds);
    const given = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
    return this.#replacements.run(() => this.#replace(given, options));
  }

  on<Name extends keyof PluginEvents>(
    event: Name,
    listener: (event: PluginEvents[Name]) => void,
  ): Disposable {
    return this.#listeners.add(event, listener);
  }

  /**
   * Goes on with what is in this file whenever it changes, until it closes. What can't replace it is told to who listens.
   * Rejects where the file's folder can't be read.
   */
  async follow(file: string): Promise<void> {
    const name = basename(file);
    const refused = (error: unknown) => {
      if (this.#closed || this.#listeners.tell("refused", error)) return;
      const { message } = error instanceof Error ? error : { message: String(error) };
      console.error(harmlessLines(`${this.#name} was not replaced: ${message}`));
    };
    this.#watch = await FileWatch.begin({
      folders: [{ path: dirname(file), wanted: (each) => each === name }],
      changed: async ({ changed }) => {
        if (changed.length > 0) await this.replace(await readFile(file));
      },
      failed: refused,
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watch?.[Symbol.dispose]();
    for (const version of [...this.#retired, this.version]) version.close();
    await this.#drivers.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #replace(bytes: Uint8Array, options: ReplaceOptions): Promise<PluginSwap | undefined> {
    if (this.#closed) throw pluginClosed();
    const before = this.version;
    const prepared = this.#prepare(bytes);
    if (prepared.digest === before.digest) return undefined;
    const changes = diffWorlds(before.world, prepared.world);
    const breaking = changes.filter(({ verdict }) => verdict === "breaking");
    if (breaking.length > 0 && options.allowBreaking !== true) {
      throw new HotcellError("incompatible", breaking.map(({ message }) => message).join(" "), {
        subject: this.#name,
        remedy: "Keep what callers use, or replace it all the same: replace(bytes, { allowBreaking: true }).",
        extra: { changes },
      });
    }
    const next = await prepared.start();
    if (this.#closed) {
      next.close();
      throw pluginClosed();
    }
    this.version = next;
    this.#retired.add(before);
    before.retire(() => this.#retired.delete(before));
    const swap = { digest: next.digest, before: before.digest, changes };
    this.#listeners.tell("swap", swap);
    return swap;
  }

  #notFound(name: string): SymbolNotFoundError {
    const { detail, remedy, near, functions } = missingFunction(this.version.functions, name, "#");
    const listed = functions.length > 0 ? `It exports: ${some(functions)}.` : "It exports no functions.";
    return new SymbolNotFoundError(`${this.#name} ${detail} ${listed}`, {
      subject: name,
      remedy,
      extra: { near, functions },
    });
  }
}
