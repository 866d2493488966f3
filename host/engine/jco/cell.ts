import { ComponentError, HotcellError } from "../../errors.ts";
import type { Cell, HostFunction, HostImports } from "../engine.ts";
import { trapFrom } from "../trap.ts";
import { type Export, type GuestFunction, type Import, importObject } from "./bindings.ts";
import type { Instantiate } from "./glue.ts";

/** All that cells of one component share. */
export interface Blueprint {
  readonly instantiate: Instantiate;
  readonly coreModules: ReadonlyMap<string, WebAssembly.Module>;
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
}

/** Ends the guest after a host function failed; what really failed is kept aside. */
class HostFunctionFailed extends Error {}

/** A cell around jco's glue. The constructor throws `unknown-import`, TrapError, or what a host function threw. */
export class JcoCell implements Cell {
  readonly #callables = new Map<string, GuestFunction>();
  /** All that reaches the guest. Callables find it here, so that whoever keeps one keeps no dead guest. */
  readonly #guest = new Map<string, GuestFunction>();
  #state: "idle" | "running" | "dead" = "idle";
  #hostFailure: { readonly error: unknown } | undefined;

  constructor(blueprint: Blueprint, given: HostImports) {
    const imports = importObject(blueprint.imports, given, (imported, supplied) =>
      this.#guard(imported, supplied),
    );
    const exports = this.#run("the component", "while starting", () =>
      blueprint.instantiate((path) => coreModule(blueprint, path), imports),
    );
    for (const exported of blueprint.exports) {
      const found = exported.find(exports);
      if (!found)
        throw new HotcellError("unsupported-feature", `jco's code has no function for ${exported.name}.`, {
          subject: exported.name,
          remedy: "Rename it, or run the plugin on another engine.",
        });
      this.#guest.set(exported.name, found);
      this.#callables.set(exported.name, this.#callable(exported));
    }
  }

  get alive(): boolean {
    return this.#state !== "dead";
  }

  function(name: string): GuestFunction {
    const found = this.#callables.get(name);
    if (!found) throw new TypeError(`The component exports no function "${name}".`);
    return found;
  }

  readonly fuelUsed = 0;
  readonly suspends = false;
  readonly memory = 0;

  save(): void {}

  /** jco's glue keeps state of its own, which nobody else can put back. */
  reset(): boolean {
    return false;
  }

  dispose(): void {
    this.#state = "dead";
    this.#guest.clear();
  }

  #callable({ name, returnsResult }: Export): GuestFunction {
    const doing = `while calling "${name}"`;
    return (...args) => {
      const guest = this.#guest.get(name);
      if (!guest)
        throw new HotcellError("closed", `"${name}" was called in a cell that has ended.`, {
          subject: name,
          remedy: "Take a new cell.",
        });
      if (!returnsResult) return this.#run(name, doing, () => guest(...args));
      return this.#run(name, doing, () => {
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

  #run(subject: string, doing: string, enter: () => unknown): unknown {
    if (this.#state === "running")
      throw new HotcellError(
        "fault",
        `"${subject}" was called while its cell runs; cells are not reentrant.`,
        {
          subject,
          remedy: "A host function can't call back into the plugin that called it.",
        },
      );
    this.#state = "running";
    let value: unknown;
    try {
      value = enter();
      // Glue in sync mode never does; a promise here would carry guest code past the end of the call.
      if (value instanceof Promise) throw new Error("it tried to suspend a synchronous call");
    } catch (thrown) {
      this.dispose();
      if (this.#hostFailure) throw this.#hostFailure.error;
      throw thrown instanceof HotcellError ? thrown : trapFrom(thrown, subject, doing);
    }
    // A guest may have caught the exception of a host function and gone on.
    if (this.#hostFailure) {
      this.dispose();
      throw this.#hostFailure.error;
    }
    if (this.#state === "running") this.#state = "idle";
    return value;
  }

  #guard({ name, returnsResult }: Import, supplied: HostFunction): HostFunction {
    return (...args) => {
      if (this.#hostFailure) throw new HostFunctionFailed();
      try {
        const value = supplied(...args);
        if (value instanceof Promise)
          throw new HotcellError("fault", `The host function ${name} returned a promise.`, {
            subject: name,
            remedy: "Host functions must return their value at once.",
          });
        return returnsResult ? { tag: "ok", val: value } : value;
      } catch (thrown) {
        if (returnsResult && thrown instanceof ComponentError) return { tag: "err", val: thrown.payload };
        this.#hostFailure = {
          error:
            thrown instanceof HotcellError
              ? thrown
              : new HotcellError("fault", `The host function ${name} failed.`, {
                  subject: name,
                  cause: thrown,
                }),
        };
        throw new HostFunctionFailed();
      }
    };
  }
}

function coreModule({ coreModules }: Blueprint, path: string): WebAssembly.Module {
  const module = coreModules.get(path);
  if (!module)
    throw new HotcellError("fault", `jco's code asks for a core module it did not emit (${path}).`);
  return module;
}
