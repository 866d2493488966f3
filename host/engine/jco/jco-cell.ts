import { HotcellError } from "../../errors.ts";
import type { Sources } from "../../harden/sources.ts";
import type { Scrubber } from "../../text/scrubber.ts";
import type { CallContext } from "../call-context.ts";
import { abortReason } from "../cell/abort-message.ts";
import type { CellHome } from "../cell/cell-home.ts";
import { type CellShare, exhausted, isOutOfMemory } from "../cell/cell-memory.ts";
import { CellState } from "../cell/cell-state.ts";
import {
  type CallBudget,
  type Cell,
  type CellOptions,
  type HostFunction,
  type HostImports,
  priceOf,
} from "../engine.ts";
import type { CompiledModules } from "../link/compile-modules.ts";
import type { CoreInstance, Glue } from "./glue.ts";
import { type Export, type GuestFunction, type Import, importObject } from "./jco-bindings.ts";

type CompiledModule = CompiledModules extends ReadonlyMap<unknown, infer M> ? M : never;

/** All that cells of one component share. */
export interface JcoBlueprint extends Glue {
  /** Modules by the names that the glue has for them. */
  readonly coreModules: ReadonlyMap<string, CompiledModule>;
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  readonly home: CellHome;
  readonly sources: Sources;
}

/**
 * A cell around jco's glue. The constructor throws `no-capacity`, `unknown-import`, `out-of-fuel`, TrapError, or what a
 * host function threw.
 */
export class JcoCell implements Cell {
  readonly #blueprint: JcoBlueprint;
  readonly #share: CellShare;
  readonly #state: CellState;
  readonly #callables = new Map<string, GuestFunction>();
  /** All that reaches the guest. Callables find it here, so that whoever keeps one keeps no dead guest. */
  readonly #guest = new Map<string, GuestFunction>();
  /** Exports of its core instances, emptied with the guest. */
  readonly #core: Readonly<Record<string, unknown>>[] = [];

  constructor(blueprint: JcoBlueprint, given: HostImports, options: CellOptions) {
    this.#blueprint = blueprint;
    const imports = importObject(blueprint.imports, given, (imported, supplied) =>
      this.#guard(imported, supplied, given),
    );
    this.#share = blueprint.home.admit(this, options);
    const reason = (scrubber: Scrubber) => abortReason(this.#core, scrubber);
    this.#state = new CellState(reason, options, blueprint.home, {
      codeBytes: 0,
      sources: blueprint.sources,
    });
    this.#state.onEnd(() => {
      this.#core.length = 0;
      this.#guest.clear();
      this.#share.end();
    });
    const exports = this.#start(imports, options);
    for (const exported of blueprint.exports) {
      const found = exported.find(exports);
      if (!found) {
        this.dispose();
        throw new HotcellError("unsupported-feature", `jco's code has no function for ${exported.name}.`, {
          subject: exported.name,
          remedy: "Rename it, or run the plugin on another engine.",
        });
      }
      this.#guest.set(exported.name, found);
      this.#callables.set(exported.name, this.#callable(exported));
    }
  }

  #start(imports: ReturnType<typeof importObject>, { starting }: CellOptions): unknown {
    const blueprint = this.#blueprint;
    try {
      return this.#finish("the component", "while starting", () =>
        blueprint.instantiate(
          (path) => coreModule(blueprint, path).module,
          imports,
          (module, wanted) => this.#instantiateCore(module, wanted),
        ),
      );
    } finally {
      if (starting) starting.fuel = this.fuelUsed;
    }
  }

  get alive(): boolean {
    return this.#state.alive;
  }

  function(name: string): GuestFunction {
    const found = this.#callables.get(name);
    if (!found) throw new TypeError(`The component exports no function "${name}".`);
    return found;
  }

  get fuelUsed(): number {
    return this.#state.call.meter.used;
  }

  readonly suspends = false;

  readonly resetFuel = 0;

  carryOver(): void {
    this.#state.call.meter.carryOver(this.#blueprint.home.price.free);
  }

  get memory(): number {
    return this.#share.bytes;
  }

  under(context: CallContext | undefined): boolean {
    // See `DirectCell`.
    if (this.#state.running) return false;
    this.#state.call.under(context, undefined);
    return true;
  }

  allow(budget: CallBudget): void {
    this.#state.call.meter.allow(budget);
  }

  save(): void {}

  /** jco's glue keeps state of its own, which nobody else can put back. */
  reset(): boolean {
    return false;
  }

  dispose(): void {
    this.#state.dispose();
  }

  #instantiateCore(module: WebAssembly.Module, wanted?: WebAssembly.Imports): CoreInstance {
    // Names like ours are refused in what was uploaded, so that nothing of it can take their place.
    const imports = Object.assign(Object.create(null), wanted, this.#blueprint.home.always);
    const exports = instantiate(module, imports);
    this.#core.push(exports);
    for (const compiled of this.#blueprint.coreModules.values()) {
      if (compiled.module !== module) continue;
      for (const { export: name, min } of compiled.info.memories)
        this.#share.add(exports[name] as WebAssembly.Memory, min);
      break;
    }
    return { exports };
  }

  #callable({ name, returnsResult }: Export): GuestFunction {
    const doing = `while calling "${name}"`;
    return (...args) => {
      this.#state.enter(name);
      return this.#finish(name, doing, () => {
        const guest = this.#guest.get(name)!;
        if (!returnsResult) return guest(...args);
        try {
          return { tag: "ok", val: guest(...args) };
        } catch (thrown) {
          // jco throws the payload of a top-level `err`. No WIT value is an Error, and no accident is anything else.
          if (thrown instanceof Error || thrown instanceof WebAssembly.Exception) throw thrown;
          return { tag: "err", val: thrown };
        }
      });
    };
  }

  /** Runs the guest, which was entered, and leaves it. */
  #finish(subject: string, doing: string, run: () => unknown): unknown {
    const { lifting } = this.#blueprint;
    const outer = lifting.meter;
    lifting.meter = this.#state.call.meter;
    try {
      const value = run();
      // Glue in sync mode never does; a promise here would carry guest code past the end of the call.
      if (value instanceof Promise) throw new Error("it tried to suspend a synchronous call");
      this.#state.leave();
      return value;
    } catch (thrown) {
      throw this.#state.end(thrown, subject, doing);
    } finally {
      lifting.meter = outer;
    }
  }

  #guard({ name, conventions, from }: Import, supplied: HostFunction, given: HostImports): HostFunction {
    const [group] = from;
    const price = priceOf(given, group, name.slice(group.length + 1));
    const { settle, recover } = conventions!;
    return (...args) => {
      this.#state.guard();
      this.#state.call.meter.pay((price?.call ?? 0) + (price?.touched?.(...args) ?? 0));
      try {
        let value: unknown;
        try {
          value = supplied(...args);
        } catch (thrown) {
          return recover(thrown);
        }
        if (value instanceof Promise)
          throw new HotcellError("fault", `The host function ${name} returned a promise.`, {
            subject: name,
            remedy: "On the engine jco host functions must return their value at once.",
          });
        return settle(value);
      } catch (thrown) {
        throw this.#state.fail(thrown);
      }
    };
  }
}

function coreModule({ coreModules }: JcoBlueprint, path: string): CompiledModule {
  const module = coreModules.get(path);
  if (!module)
    throw new HotcellError("fault", `jco's code asks for a core module it did not emit (${path}).`);
  return module;
}

function instantiate(
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
): Readonly<Record<string, unknown>> {
  try {
    return new WebAssembly.Instance(module, imports).exports;
  } catch (thrown) {
    throw isOutOfMemory(thrown) ? exhausted(thrown) : thrown;
  }
}
