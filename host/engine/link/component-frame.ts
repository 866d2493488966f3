/** Index spaces of a component instance while it is linked (Explainer.md, Instance Definitions, Alias Definitions). */
import type { Entity, InstanceType, TypeEntry } from "../../component/component-types.ts";
import type {
  CanonicalOptions,
  ComponentDefinition,
  CoreModule,
  CoreSort,
  Definition,
  ItemIndex,
} from "../../component/definition.ts";
import { type FunctionType, rootDefinition, type TypeDefinition } from "../../wit/model.ts";
import type { HandleType, ResolveResource } from "../abi/codec.ts";
import type { Builtin, ContextPlan, CoreItem, FunctionPlan, Options, ResourcePlan } from "./plan.ts";

export type Instance = ReadonlyMap<string, Value>;

/** Thing that stands under a name or an index. */
export type Value =
  | { readonly sort: "func"; readonly function: FunctionPlan }
  | { readonly sort: "instance"; readonly instance: Instance }
  | { readonly sort: "component"; readonly component: NestedComponent }
  | { readonly sort: "module"; readonly module: CoreModule }
  /** Type, of which only resources matter. */
  | { readonly sort: "type"; readonly resource: ResourcePlan | undefined };

/** Component definition, and the frame that it was written in, for its outer aliases. */
export interface NestedComponent {
  readonly definition: ComponentDefinition;
  readonly around: ComponentFrame | undefined;
}

export type CoreExports = (name: string) => CoreItem;

/** Source of what is imported; `resources` are those the importing component knows already. */
export type ImportSource = (
  name: string,
  entity: Entity,
  resources: Map<TypeDefinition, ResourcePlan>,
) => Value;

/** The linker as a frame sees it: what becomes steps, builtins and contexts of the plan. */
export interface FrameLinks {
  /** Throws `component-limit`. */
  count(what: "instances" | "links", amount?: number): void;
  /** Counts the closures that move values of a function's type, one for each part of it. */
  countParts(type: FunctionType): void;
  instantiate(component: NestedComponent, parent: number | undefined, supply: ImportSource): Instance;
  instantiateCore(module: CoreModule, args: ReadonlyMap<string, CoreExports>): CoreExports;
  context(plan: ContextPlan): number;
  lower(lower: Omit<Builtin & { kind: "lower" }, "kind" | "entering">): CoreItem;
  resource(kind: ResourceBuiltin, resource: ResourcePlan, component: number): CoreItem;
  /** CanonicalABI.md, Component Instances, `entering_set`. */
  entering(callee: number, caller: number | undefined): readonly number[];
}

type ResourceBuiltin = "resource.new" | "resource.drop" | "resource.rep";

/** The index spaces of one component instance. */
export class ComponentFrame {
  readonly exports = new Map<string, Value>();
  readonly #linker: FrameLinks;
  readonly #id: number;
  readonly #around: ComponentFrame | undefined;
  readonly #supply: ImportSource;

  readonly #functions: FunctionPlan[] = [];
  readonly #instances: Instance[] = [];
  readonly #components: NestedComponent[] = [];
  readonly #modules: CoreModule[] = [];
  readonly #coreInstances: CoreExports[] = [];
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

  constructor(linker: FrameLinks, component: NestedComponent, id: number, supply: ImportSource) {
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
        let frame: ComponentFrame = this;
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

  #item(item: ItemIndex): Value {
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
