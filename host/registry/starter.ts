import type { LogLine } from "../capabilities/capability.ts";
import { linkImports } from "../capabilities/link.ts";
import type { Component } from "../component/component.ts";
import type { CompiledComponent } from "../engine/engine.ts";
import type { Engines } from "../engine/engines.ts";
import { HotcellError, TrapError } from "../errors.ts";
import { type CallCounters, type Live, startLive } from "./live.ts";
import type { Settings } from "./settings.ts";

/** Makes versions run; all that plugins share for that. */
export class Starter {
  readonly #engines: Engines;
  readonly #log: (line: LogLine) => void;

  constructor(engines: Engines, log: (line: LogLine) => void) {
    this.#engines = engines;
    this.#log = log;
  }

  /** Throws what `linkImports` throws. */
  checkImports(component: Component, settings: Settings): void {
    linkImports(component.world, settings.grants);
  }

  compile(component: Component, settings: Settings): Promise<CompiledComponent> {
    return this.#engines.get(settings.engine).compile(component);
  }

  /** Throws `trial-failed` for a component that traps when it starts, and what its lifecycle refuses with. */
  start(
    plugin: string,
    component: Component,
    compiled: CompiledComponent,
    settings: Settings,
    counters: CallCounters,
  ): Live {
    const supply = linkImports(component.world, settings.grants);
    const imports = () => supply({ plugin, log: this.#log });
    try {
      return startLive({ plugin, world: component.world, compiled, imports, settings, counters });
    } catch (thrown) {
      if (!(thrown instanceof TrapError)) throw thrown;
      throw new HotcellError("trial-failed", `The component does not start: ${thrown.message}`, {
        subject: plugin,
        remedy: "Mend what its start function, top-level code or init does, and upload it again.",
        cause: thrown,
      });
    }
  }
}
