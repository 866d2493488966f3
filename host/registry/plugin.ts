/** One deployed plugin: its history, its live version, and the deployments that change it, one at a time. */
import { isDeepStrictEqual } from "node:util";
import type { Recipient } from "../capabilities/capability.ts";
import { linkImports, type Supply } from "../capabilities/link.ts";
import type { Component } from "../component/component.ts";
import { inspectComponent } from "../component/inspect.ts";
import type { CompiledComponent } from "../engine/engine.ts";
import type { Engines } from "../engine/engines.ts";
import { HotcellError, TrapError } from "../errors.ts";
import { type Change, diffWorlds } from "../wit/diff.ts";
import { exportedFunctions } from "../wit/exports.ts";
import { printWorld } from "../wit/print.ts";
import type {
  Deployment,
  DeployOptions,
  Outcome,
  PluginDetails,
  PluginSummary,
  Preconditions,
  VersionSummary,
} from "./api.ts";
import { emptyHistory, type History, previousVersion, record, summarise, type Version } from "./history.ts";
import { CallCounters, type Live, startLive } from "./live.ts";
import { parseSettings, patchSettings, type Settings, type SettingsInput } from "./settings.ts";
import { Stages } from "./stages.ts";

export interface PluginContext {
  readonly engines: Engines;
  readonly log: Recipient["log"];
}

interface Current {
  readonly revision: number;
  readonly settings: Settings;
  readonly version: Version;
  readonly live: Live;
}

export class DeployedPlugin {
  readonly name: string;
  readonly #context: PluginContext;
  readonly #counters = new CallCounters();
  #history: History = emptyHistory;
  #current: Current | undefined;
  /** The last revision ever given, deletions survived: an old ETag never fits a new plugin of the same name. */
  #revision = 0;
  /** Deployments wait here for the one before. */
  #tail: Promise<unknown> = Promise.resolve();
  #pending = 0;
  readonly #draining = new Set<Promise<void>>();

  constructor(name: string, context: PluginContext) {
    this.name = name;
    this.#context = context;
  }

  /** Undefined before the first deployment and after removal. */
  get live(): Live | undefined {
    return this.#current?.live;
  }

  /** Nothing was ever deployed here and nothing is under way. */
  get untouched(): boolean {
    return this.#revision === 0 && this.#pending === 0;
  }

  deploy(bytes: Uint8Array, options: DeployOptions): Promise<Deployment> {
    return this.#serially(async () => {
      this.#check(options);
      const stages = new Stages();
      const component = stages.time("inspect", () => inspectComponent(bytes));
      const settings = options.settings
        ? parseSettings(options.settings)
        : (this.#current?.settings ?? parseSettings({}));
      return this.#goLive(component, settings, options, stages);
    });
  }

  configure(patch: SettingsInput, preconditions: Preconditions): Promise<Deployment> {
    return this.#serially(async () => {
      const { version, settings } = this.#require();
      this.#check(preconditions);
      return this.#goLive(version.component, patchSettings(settings, patch), preconditions, new Stages());
    });
  }

  rollback(to: string | undefined, preconditions: Preconditions): Promise<Deployment> {
    return this.#serially(async () => {
      const { settings } = this.#require();
      this.#check(preconditions);
      const target = to ?? previousVersion(this.#history);
      if (target === undefined) {
        throw new HotcellError("nothing-to-roll-back", `${this.name} has had only one version so far.`, {
          subject: this.name,
          remedy: "Upload another version first.",
        });
      }
      const { component } = this.version(target);
      return this.#goLive(component, settings, { allowBreaking: true }, new Stages());
    });
  }

  remove(preconditions: Preconditions): Promise<void> {
    return this.#serially(async () => {
      const { live } = this.#require();
      this.#check(preconditions);
      this.#current = undefined;
      this.#history = emptyHistory;
      this.#drain(live);
    });
  }

  /** Retires the live version and resolves when the last call of every version has ended. */
  close(): Promise<void> {
    return this.#serially(async () => {
      const live = this.#current?.live;
      this.#current = undefined;
      if (live) this.#drain(live);
      await Promise.all(this.#draining);
    });
  }

  summary(): PluginSummary {
    const { revision, version } = this.#require();
    return {
      name: this.name,
      revision,
      version: version.component.digest,
      deployedAt: this.#history.deployments.at(-1)?.at ?? version.firstDeployedAt,
      functions: exportedFunctions(version.component.world).map((f) =>
        f.interface ? `${f.interface}/${f.name}` : f.name,
      ),
    };
  }

  details(): PluginDetails {
    const { version, settings } = this.#require();
    const { calls, guestErrors, traps, inFlight } = this.#counters;
    return {
      ...this.summary(),
      size: version.component.bytes.length,
      settings,
      world: printWorld(version.component.world),
      counters: { calls, guestErrors, traps, inFlight },
    };
  }

  versions(): VersionSummary[] {
    return summarise(this.#history);
  }

  /** A kept version, by digest; the live one by default. Throws `version-not-found`. */
  version(digest = this.#require().version.component.digest): Version {
    const version = this.#history.versions.get(digest);
    if (version) return version;
    throw new HotcellError("version-not-found", `${this.name} has no version ${digest}.`, {
      subject: digest,
      remedy: `List them with GET /plugins/${this.name}/versions.`,
      extra: { plugin: this.name },
    });
  }

  /** From a component to a live version; whatever throws before the swap leaves everything as it was. */
  async #goLive(
    component: Component,
    settings: Settings,
    options: DeployOptions,
    stages: Stages,
  ): Promise<Deployment> {
    const before = this.#current;
    const { digest } = component;
    const unchanged =
      before?.version.component.digest === digest && isDeepStrictEqual(before.settings, settings);
    const supply = stages.time("grants", () => linkImports(component.world, settings.grants));
    const changes = stages.time("diff", () =>
      before ? diffWorlds(before.version.component.world, component.world) : [],
    );
    if (!options.allowBreaking) this.#refuseBreaking(changes);

    const describe = (outcome: Outcome, revision: number): Deployment => ({
      plugin: this.name,
      outcome,
      revision,
      version: digest,
      size: component.bytes.length,
      settings,
      world: printWorld(component.world),
      changes,
      timings: stages.timings,
    });
    if (before && unchanged) return describe("unchanged", before.revision);

    const engine = this.#context.engines.get(settings.engine);
    const compiled = await stages.timeAsync("compile", () => engine.compile(component));
    const live = stages.time("start", () => this.#start(component, compiled, supply, settings));
    if (options.dryRun) {
      await live.retire();
      return describe("planned", this.#revision + 1);
    }

    const at = new Date().toISOString();
    const version: Version = this.#history.versions.get(digest) ?? { component, firstDeployedAt: at };
    stages.time("swap", () => {
      this.#revision += 1;
      this.#history = record(this.#history, version, this.#revision, at);
      this.#current = { revision: this.#revision, settings, version, live };
    });
    if (before) this.#drain(before.live);
    return describe(before ? "swapped" : "created", this.#revision);
  }

  #start(component: Component, compiled: CompiledComponent, supply: Supply, settings: Settings): Live {
    try {
      return startLive(
        this.name,
        component.world,
        compiled,
        supply,
        settings,
        this.#context.log,
        this.#counters,
      );
    } catch (thrown) {
      if (!(thrown instanceof TrapError)) throw thrown;
      throw new HotcellError("trial-failed", `The component does not start: ${thrown.message}`, {
        subject: this.name,
        remedy: "Mend what its start function or top-level code does, and upload it again.",
        cause: thrown,
      });
    }
  }

  #refuseBreaking(changes: readonly Change[]): void {
    const breaking = changes.filter((change) => change.verdict === "breaking");
    if (breaking.length === 0) return;
    throw new HotcellError("incompatible", breaking.map((change) => change.message).join(" "), {
      subject: this.name,
      remedy: "Keep what callers use, or upload with ?allow-breaking to replace it all the same.",
      extra: { changes },
    });
  }

  #require(): Current {
    if (this.#current) return this.#current;
    throw pluginNotFound(this.name);
  }

  #check({ ifRevision, ifAbsent }: Preconditions): void {
    const revision = this.#current?.revision;
    if (ifAbsent && revision !== undefined) {
      throw new HotcellError("already-exists", `${this.name} exists already, at revision ${revision}.`, {
        subject: this.name,
        actual: revision,
        remedy: "Leave out If-None-Match to replace it.",
      });
    }
    if (ifRevision !== undefined && ifRevision !== revision) {
      const actual = revision === undefined ? "not deployed" : `at revision ${revision}`;
      throw new HotcellError("stale-revision", `${this.name} is ${actual}, not at revision ${ifRevision}.`, {
        subject: this.name,
        expected: `${ifRevision}`,
        actual: revision ?? "none",
        remedy: "Fetch the plugin again, look at what changed, and send its new ETag in If-Match.",
      });
    }
  }

  #drain(live: Live): void {
    const drained = live.retire().finally(() => this.#draining.delete(drained));
    this.#draining.add(drained);
  }

  #serially<T>(task: () => Promise<T>): Promise<T> {
    this.#pending++;
    const run = this.#tail.then(task).finally(() => {
      this.#pending--;
    });
    this.#tail = run.catch(() => {});
    return run;
  }
}

export function pluginNotFound(name: string, near: readonly string[] = []): HotcellError {
  return new HotcellError("plugin-not-found", `There is no plugin "${name}".`, {
    subject: name,
    remedy: near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `Upload one with PUT /plugins/${name}.`,
    extra: { near },
  });
}
