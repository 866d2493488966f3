/**
 * Follows a component definition to the plan for its cells (Explainer.md, Instance Definitions, Alias Definitions,
 * Import and Export Definitions). Runs once a component.
 */

import type { Entity, InstanceType, TypeEntry } from "../../component/component-types.ts";
import type {
  CanonicalOptions,
  ComponentDefinition,
  CoreModule,
  CoreSort,
  Definition,
  Item,
} from "../../component/definition.ts";
import { HotcellError } from "../../errors.ts";
import { reservedPrefix } from "../../harden/reserved.ts";
import { type FunctionType, rootDefinition, type TypeDefinition } from "../../wit/model.ts";
import { widthOf } from "../../wit/structures.ts";
import type { HandleType } from "../abi/codec.ts";
import type { CompiledModules } from "./compile-modules.ts";
import type {
  Builtin,
  ContextPlan,
  CoreItem,
  ExportPlan,
  FunctionPlan,
  ModuleImports,
  Options,
  Plan,
  ResolveResource,
  ResourcePlan,
  Step,
} from "./plan.ts";
import { unsupplied } from "./unsuppliable.ts";

type Instance = ReadonlyMap<string, Value>;

/** What stands under a name or an index. */
type Value =
  | { readonly sort: "func"; readonly function: FunctionPlan }
  | { readonly sort: "instance"; readonly instance: Instance }
  | { readonly sort: "component"; readonly component: Component }
  | { readonly sort: "module"; readonly module: CoreModule }
  /** Of types only resources matter. */
  | { readonly sort: "type"; readonly resource: ResourcePlan | undefined };

/** A component and where it was written, for its outer aliases. */
interface Component {
  readonly definition: ComponentDefinition;
  readonly around: Frame | undefined;
}

type CoreInstance = (name: string) => CoreItem;

/** Gives what is imported; `resources` are those the importing component knows already. */
type Supply = (name: string, entity: Entity, resources: Map<TypeDefinition, ResourcePlan>) => Value;

/**
 * Limits of what one component may come to when nested components are counted as often as they are instantiated.
 * Links: definitions, and the imports, exports and arguments that they pass on.
 */
export const linkLimits = { instances: 10_000, links: 300_000 };
/** Bytes that the plan takes for each of them, and for what an exported function is called by; most at most. */
const linkBytes = 120;
const exportBytes = 700;

export function link(definition: ComponentDefinition, modules: CompiledModules): Plan {
  return new Linker(modules).link(definition);
}

class Linker {
  readonly #modules: CompiledModules;
  readonly #steps: Step[] = [];
  /** The component instance that instantiated each, by index. */
  readonly #parents: (number | undefined)[] = [];
  readonly #contexts: ContextPlan[] = [];
  /** Indices by component, memory and realloc. */
  readonly #contextIndices = new Map<unknown, Map<unknown, Map<unknown, number>>>();
  /** By callee and caller. */
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

  link(definition: ComponentDefinition): Plan {
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

  instantiate(component: Component, parent: number | undefined, supply: Supply): Instance {
    this.count("instances");
    const id = this.#parents.push(parent) - 1;
    const frame = new Frame(this, component, id, supply);
    for (const definition of component.definition.definitions) frame.define(definition);
    this.#steps.push({ kind: "complete", component: id });
    return frame.exports;
  }

  instantiateCore(module: CoreModule, args: ReadonlyMap<string, CoreInstance>): CoreInstance {
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

/** The index spaces of one component instance. */
class Frame {
  readonly exports = new Map<string, Value>();
  readonly #linker: Linker;
  readonly #id: number;
  readonly #around: Frame | undefined;
  readonly #supply: Supply;

  readonly #functions: FunctionPlan[] = [];
  readonly #instances: Instance[] = [];
  readonly #components: Component[] = [];
  readonly #modules: CoreModule[] = [];
  readonly #coreInstances: CoreInstance[] = [];
  readonly #core: Readonly<Record<CoreSort, CoreItem[]>> = {
    func: [],
    table: [],
    memory: [],
    global: [],
    tag: [],
  };
  readonly #resources = new Map<TypeDefinition, ResourcePlan>();
  readonly #resolve: ResolveResource = (type: HandleType) =>
    this.#resources.get(rootDefinition(type.resource))!;

  constructor(linker: Linker, component: Component, id: number, supply: Supply) {
    this.#linker = linker;
    this.#id = id;
    this.#around = component.around;
    this.#supply = supply;
  }

  define(definition: Definition): void {
    this.#linker.count("links");
    switch (definition.kind) {
      case "core-module":
        this.#modules.push(definition.module);
        break;
      case "core-instantiate": {
        this.#linker.count("links", definition.args.length);
        const args = new Map(definition.args.map((arg) => [arg.name, this.#coreInstances[arg.instance]!]));
        this.#coreInstances.push(this.#linker.instantiateCore(this.#modules[definition.module]!, args));
        break;
      }
      case "core-exports": {
        this.#linker.count("links", definition.exports.length);
        const items = new Map(definition.exports.map((e) => [e.name, this.#core[e.sort][e.index]!]));
        this.#coreInstances.push((name) => items.get(name)!);
        break;
      }
      case "component":
        this.#components.push({ definition: definition.component, around: this });
        break;
      case "instantiate": {
        this.#linker.count("links", definition.args.length);
        const args = new Map(definition.args.map((arg) => [arg.name, this.#item(arg.item)]));
        const component = this.#components[definition.component]!;
        const instance = this.#linker.instantiate(component, this.#id, (name) => args.get(name)!);
        this.#bindTypes(definition.type, instance);
        this.#instances.push(instance);
        break;
      }
      case "exports":
        this.#linker.count("instances");
        this.#linker.count("links", definition.exports.length);
        this.#instances.push(new Map(definition.exports.map((e) => [e.name, this.#item(e.item)])));
        break;
      case "alias-export":
        this.#push(this.#instances[definition.instance]!.get(definition.name)!);
        break;
      case "alias-core-export":
        this.#core[definition.sort].push(this.#coreInstances[definition.instance]!(definition.name));
        break;
      case "alias-outer": {
        let frame: Frame = this;
        for (let left = definition.count; left > 0; left--) frame = frame.#around!;
        if (definition.sort === "module") this.#modules.push(frame.#modules[definition.index]!);
        else this.#components.push(frame.#components[definition.index]!);
        break;
      }
      case "resource": {
        const { resource, destructor } = definition;
        this.#resources.set(rootDefinition(resource), {
          name: resource.name,
          implementer: this.#id,
          entering: this.#linker.entering(this.#id, undefined),
          ...(destructor !== undefined && { destructor: this.#core.func[destructor]! }),
        });
        break;
      }
      case "lift": {
        const { type, signature, options } = definition;
        this.#linker.countParts(type);
        this.#functions.push({
          kind: "lifted",
          core: this.#core.func[definition.function]!,
          ...(options.postReturn !== undefined && { postReturn: this.#core.func[options.postReturn]! }),
          options: this.#options(options),
          type,
          signature,
        });
        break;
      }
      case "lower": {
        const { type, signature, options } = definition;
        this.#linker.countParts(type);
        const callee = this.#functions[definition.function]!;
        const lower = { callee, options: this.#options(options), type, signature };
        this.#core.func.push(this.#linker.lower(lower));
        break;
      }
      case "resource.new":
      case "resource.drop":
      case "resource.rep": {
        const resource = this.#resources.get(rootDefinition(definition.resource))!;
        this.#core.func.push(this.#linker.resource(definition.kind, resource, this.#id));
        break;
      }
      case "import": {
        const value = this.#supply(definition.name, definition.entity, this.#resources);
        this.#bind(definition.entity, value);
        this.#push(value);
        break;
      }
      case "export": {
        const value = this.#item(definition.item);
        this.exports.set(definition.name, value);
        if (value.sort === "type" && value.resource?.name === "") value.resource.name = definition.name;
        this.#bind(definition.entity, value);
        this.#push(value);
        break;
      }
    }
  }

  #options({ stringEncoding, memory, realloc }: CanonicalOptions): Options {
    const context = this.#linker.context({
      component: this.#id,
      memory: memory === undefined ? undefined : this.#core.memory[memory],
      realloc: realloc === undefined ? undefined : this.#core.func[realloc],
    });
    return { encoding: stringEncoding, context, component: this.#id, resources: this.#resolve };
  }

  #item(item: Item): Value {
    switch (item.sort) {
      case "func":
        return { sort: "func", function: this.#functions[item.index]! };
      case "instance":
        return { sort: "instance", instance: this.#instances[item.index]! };
      case "component":
        return { sort: "component", component: this.#components[item.index]! };
      case "module":
        return { sort: "module", module: this.#modules[item.index]! };
      case "type":
        return { sort: "type", resource: this.#resourceOf(item.entry) };
    }
  }

  #resourceOf(entry: TypeEntry): ResourcePlan | undefined {
    return entry.sort === "resource" ? this.#resources.get(rootDefinition(entry.resource)) : undefined;
  }

  #push(value: Value): void {
    switch (value.sort) {
      case "func":
        this.#functions.push(value.function);
        break;
      case "instance":
        this.#instances.push(value.instance);
        break;
      case "component":
        this.#components.push(value.component);
        break;
      case "module":
        this.#modules.push(value.module);
        break;
    }
  }

  /** Remembers what the resources are that an entity of this component's view brings in. */
  #bind(entity: Entity, value: Value): void {
    if (entity.sort === "instance" && value.sort === "instance") this.#bindTypes(entity.type, value.instance);
    if (entity.sort !== "type" || value.sort !== "type" || entity.entry.sort !== "resource") return;
    const root = rootDefinition(entity.entry.resource);
    if (value.resource && !this.#resources.has(root)) this.#resources.set(root, value.resource);
  }

  #bindTypes(type: InstanceType, instance: Instance): void {
    this.#linker.count("links", type.exports.size);
    for (const [name, entity] of type.exports) {
      const value = instance.get(name);
      if (value) this.#bind(entity, value);
    }
  }
}

/** What the host stands for under an import's name. */
function hostImport(name: string, entity: Entity, resources: Map<TypeDefinition, ResourcePlan>): Value {
  return entity.sort === "instance"
    ? hostInstance(name, entity.type, resources)
    : hostItem("$root", name, entity, resources);
}

function hostInstance(
  group: string,
  type: InstanceType,
  resources: Map<TypeDefinition, ResourcePlan>,
): Value {
  const items = [...type.exports].map(
    ([member, entity]) => [member, hostItem(group, member, entity, resources)] as const,
  );
  return { sort: "instance", instance: new Map(items) };
}

function hostItem(
  group: string,
  name: string,
  entity: Entity,
  resources: Map<TypeDefinition, ResourcePlan>,
): Value {
  switch (entity.sort) {
    case "func":
      return { sort: "func", function: { kind: "host", group, name, type: entity.type } };
    case "type": {
      if (entity.entry.sort !== "resource") return { sort: "type", resource: undefined };
      // A second name for a resource, as `use` makes it, is no second resource.
      const root = rootDefinition(entity.entry.resource);
      const resource = resources.get(root) ?? { name, group };
      resources.set(root, resource);
      return { sort: "type", resource };
    }
    case "instance":
      // Of types alone: see `unsuppliable`.
      return hostInstance(group, entity.type, resources);
    default:
      throw unsupplied(name);
  }
}
