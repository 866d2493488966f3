/**
 * Helper functions of the glue module that printed code calls, each printed once: composite types get one for each way
 * they are needed (loaded from memory, stored, lifted from flat values), so text stays linear in the number of types.
 */
import type { GlueCall, ValuePlan } from "./instructions.ts";

export class EmittedHelpers {
  readonly #names = new Map<string, string>();
  readonly #texts: string[] = [];
  #used = new Set<string>();
  #temporaries = 0;

  /** Texts of all helper functions asked for so far. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  /** Names of the glue's functions used by what was printed since the last call of this. */
  takeUsed(): string[] {
    const used = [...this.#used];
    this.#used = new Set();
    return used;
  }

  /** Notes that what is printed uses a function of the glue. */
  use(name: string): string {
    this.#used.add(name);
    return name;
  }

  /** The name of the helper for this plan, printed first where it is new. */
  helper(kind: string, plan: ValuePlan, print: (name: string) => string): string {
    const key = `${kind} ${keyOf(plan)}`;
    let name = this.#names.get(key);
    if (!name) {
      name = `${kind}${this.#names.size}`;
      this.#names.set(key, name);
      const outer = this.#used;
      this.#texts.push(print(name));
      this.#used = outer;
    }
    return this.use(name);
  }

  /** A call of the glue's function for a handle. */
  handle(call: GlueCall, value: string): string {
    return `${this.use(call.function)}${call.typeArguments}(${value})`;
  }

  /** A name that no other variable of the module has. */
  temporary(): string {
    return `t${this.#temporaries++}`;
  }
}

/** An exported function as text. */
export function fn(name: string, parameters: string, result: string, body: readonly string[]): string {
  return `export function ${name}(${parameters}): ${result} {\n${body.map((line) => `  ${line}`).join("\n")}\n}`;
}

/** Same key, same text of helpers: the type as written, and how long where that is not written. */
function keyOf(plan: ValuePlan): string {
  switch (plan.op) {
    case "list":
      return `${plan.as} [${keyOf(plan.element)}]`;
    case "fixed-list":
      return `${plan.as} [${keyOf(plan.element)}; ${plan.length}]`;
    case "fields":
      return `${plan.as} {${plan.fields.map((f) => keyOf(f.plan)).join()}}`;
    case "cases":
      return `${plan.as} <${plan.cases.map((c) => (c.payload ? keyOf(c.payload) : "")).join()}>`;
    case "scalar":
      // A char and an s32 are the same to AssemblyScript.
      return `${plan.as}:${plan.memory}${plan.range?.kind ?? ""}`;
    case "handle":
      return `${plan.as}:${plan.lift.function}`;
    default:
      return plan.as;
  }
}
