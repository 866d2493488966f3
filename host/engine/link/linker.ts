/**
 * Follows a component definition to the plan for its cells (Explainer.md, Instance Definitions, Alias Definitions,
 * Import and Export Definitions). Runs once a component.
 */

import { cellBounds } from "../../bounds/cell-bounds.ts";
import type { ComponentDefinition, CoreModule } from "../../component/definition.ts";
import { HotcellError } from "../../errors.ts";
import { reservedPrefix } from "../../harden/reserved.ts";
import type { FunctionType } from "../../wit/model.ts";
import { widthOf } from "../../wit/structures.ts";
import type { CompiledModules } from "./compile-modules.ts";
import {
  ComponentFrame,
  type CoreExports,
  type FrameLinks,
  type ImportSource,
  type Instance,
  type NestedComponent,
  type Value,
} from "./component-frame.ts";
import { hostImport } from "./host-imports.ts";
import type {
  Builtin,
  CellPlan,
  ContextPlan,
  CoreItem,
  ExportPlan,
  ModuleImports,
  ResourcePlan,
  Step,
} from "./plan.ts";

/**
 * Limits of what one component may come to when nested components are counted as often as they are instantiated.
 * Links: definitions, and the imports, exports and arguments that they pass on.
 */
const linkLimits = { instances: cellBounds.instances.value, links: cellBounds.links.value };
/** Bytes that the plan takes for each of them, and for what an exported function is called by; most at most. */
const linkBytes = 120;
const exportBytes = 700;

export function link(definition: ComponentDefinition, modules: CompiledModules): CellPlan {
  return new PlanLinker(modules).link(definition);
}

class PlanLinker implements FrameLinks {
  readonly #modules: CompiledModules;
  readonly #steps: Step[] = [];
  /** The component instance that instantiated each, by index. */
  readonly #parents: (number | undefined)[] = [];
  readonly #contexts: ContextPlan[] = [];
  /** Indices by component, memory and realloc. */
  readonly #contextIndices = new Map<unknown, Map<unknown, Map<unknown, number>>>();
  /** Component instances that a call enters, by callee and caller. */
  readonly #entering = new Map<number, Map<number | undefined, readonly number[]>>();
  readonly #builtins: Builtin[] = [];
  readonly #imports = new Map<CoreModule, { module: string; name: string }[]>();
  /** Parts of what functions of a type take and return. */
  readonly #widths = new Map<FunctionType, number>();
  #coreInstances = 0;
  readonly #counts = { instances: 0, links: 0 };

  constructor(modules: CompiledModules) {
    this.#modules = modules;
  }

  link(definition: ComponentDefinition): CellPlan {
    const root = { definition, around: undefined };
    const exported = this.instantiate(root, undefined, hostImport);
    const exports = new Map<string, ExportPlan>();
    const add = (name: string, value: Value) => {
      if (value.sort !== "func") return;
      const { function: plan } = value;
      const entering = plan.kind === "lifted" ? this.entering(plan.options.component, undefined) : [];
      exports.set(name, { function: plan, entering });
    };
    for (const [name, value] of exported) {
      if (value.sort === "instance")
        for (const [inner, item] of value.instance) add(`${name}#${inner}`, item);
      else add(name, value);
    }
    return {
      size: this.#counts.links * linkBytes + exports.size * exportBytes,
      steps: this.#steps,
      components: this.#parents.length,
      connected: this.#builtins.some(
        (builtin) =>
          builtin.kind === "resource.drop" || (builtin.kind === "lower" && builtin.callee.kind === "lifted"),
      ),
      contexts: this.#contexts,
      builtins: this.#builtins,
      exports,
    };
  }

  /** Throws `component-limit`. */
  count(what: keyof typeof linkLimits, amount = 1): void {
    this.#counts[what] += amount;
    if (this.#counts[what] <= linkLimits[what]) return;
    throw new HotcellError(
      "component-limit",
      `The component has more than ${linkLimits[what]} ${what} when its nested components are instantiated.`,
      {
        subject: what,
        limit: linkLimits[what],
        actual: `at least ${this.#counts[what]}`,
        remedy: "Instantiate shared parts once.",
      },
    );
  }

  instantiate(component: NestedComponent, parent: number | undefined, supply: ImportSource): Instance {
    this.count("instances");
    const id = this.#parents.push(parent) - 1;
    const frame = new ComponentFrame(this, component, id, supply);
    for (const definition of component.definition.definitions) frame.define(definition);
    this.#steps.push({ kind: "complete", component: id });
    return frame.exports;
  }

  instantiateCore(module: CoreModule, args: ReadonlyMap<string, CoreExports>): CoreExports {
    this.count("instances");
    const { module: compiled, info } = this.#modules.get(module)!;
    let wanted = this.#imports.get(module);
    if (!wanted) {
      // What hardening added is the same for every module: the cell supplies it.
      wanted = WebAssembly.Module.imports(compiled).filter(
        ({ module: from }) => !from.startsWith(reservedPrefix),
      );
      this.#imports.set(module, wanted);
    }
    this.count("links", wanted.length);
    const groups = new Map<string, { name: string; item: CoreItem }[]>();
    for (const { module: from, name } of wanted) {
      const items = groups.get(from) ?? [];
      groups.set(from, items);
      items.push({ name, item: args.get(from)!(name) });
    }
    const imports: ModuleImports[] = [...groups].map(([from, items]) => ({ module: from, items }));
    this.#steps.push({ kind: "instantiate", module: compiled, info, imports });
    const instance = this.#coreInstances++;
    return (name) => ({ kind: "export", instance, name });
  }

  context(plan: ContextPlan): number {
    const byMemory = inside(this.#contextIndices, plan.component);
    const byRealloc = inside(byMemory, plan.memory);
    let index = byRealloc.get(plan.realloc);
    if (index === undefined) {
      index = this.#contexts.push(plan) - 1;
      byRealloc.set(plan.realloc, index);
    }
    return index;
  }

  /** Values of a function's type are moved by closures, one for each part of it. */
  countParts(type: FunctionType): void {
    let width = this.#widths.get(type);
    if (width === undefined) {
      width = widthOf(type);
      this.#widths.set(type, width);
    }
    this.count("links", width);
  }

  lower(lower: Omit<Builtin & { kind: "lower" }, "kind" | "entering">): CoreItem {
    const { callee, options } = lower;
    const entering =
      callee.kind === "lifted" ? this.entering(callee.options.component, options.component) : [];
    return this.#builtin({ ...lower, kind: "lower", entering });
  }

  resource(
    kind: "resource.new" | "resource.drop" | "resource.rep",
    resource: ResourcePlan,
    component: number,
  ): CoreItem {
    const { implementer } = resource;
    const entering = implementer === undefined ? [] : this.entering(implementer, component);
    return this.#builtin({ kind, resource, component, entering });
  }

  #builtin(builtin: Builtin): CoreItem {
    return { kind: "builtin", builtin: this.#builtins.push(builtin) - 1 };
  }

  /** CanonicalABI.md, Component Instances, `entering_set`. */
  entering(callee: number, caller: number | undefined): readonly number[] {
    const byCaller = inside(this.#entering, callee);
    let found = byCaller.get(caller);
    if (!found) {
      const around = new Set(this.#selfAndAncestors(caller));
      found = this.#selfAndAncestors(callee).filter((id) => !around.has(id));
      this.count("links", found.length + around.size);
      byCaller.set(caller, found);
    }
    return found;
  }

  #selfAndAncestors(component: number | undefined): number[] {
    const found: number[] = [];
    for (let at = component; at !== undefined; at = this.#parents[at]) found.push(at);
    return found;
  }
}

/** The map that stands under a key. */
function inside<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let found = maps.get(key);
  if (!found) {
    found = new Map();
    maps.set(key, found);
  }
  return found;
}
