import type { ComponentDefinition, Definition, ItemIndex } from "../definition.ts";
import type { StructureMeter } from "../structure-limits.ts";

/** Thing that stands under a name or an index, as far as it matters here; undefined for what only the host could say. */
type Value =
  | {
      readonly sort: "component";
      readonly definition: ComponentDefinition;
      readonly around: Frame | undefined;
    }
  | { readonly sort: "instance"; readonly exports: ReadonlyMap<string, Value | undefined> }
  | undefined;

/**
 * Counts the instances that instantiating a component makes, where a nested component counts as often as it is
 * instantiated: ten levels of components that each instantiate the next one ten times are few bytes and 10^10
 * instances. Throws `component-limit` as soon as there are too many.
 */
export function checkUnfolding(definition: ComponentDefinition, meter: StructureMeter): void {
  new Unfolding(meter).instantiate(definition, undefined, new Map());
}

class Unfolding {
  readonly #meter: StructureMeter;
  /** The definitions that matter: a component may be instantiated often. */
  readonly #relevant = new Map<ComponentDefinition, readonly Definition[]>();

  constructor(meter: StructureMeter) {
    this.#meter = meter;
  }

  instantiate(
    definition: ComponentDefinition,
    around: Frame | undefined,
    args: ReadonlyMap<string, Value>,
  ): ReadonlyMap<string, Value> {
    this.#meter.spend("instances");
    const frame = new Frame(this, around, args);
    let relevant = this.#relevant.get(definition);
    if (!relevant) {
      relevant = definition.definitions.filter(isRelevant);
      this.#relevant.set(definition, relevant);
    }
    for (const each of relevant) {
      this.#meter.spend("work");
      frame.define(each);
    }
    return frame.exports;
  }

  count(what: "instances" | "work", amount: number): void {
    this.#meter.spend(what, amount);
  }
}

/** The index spaces of one instance of a component, its components and instances only. */
class Frame {
  readonly exports = new Map<string, Value>();
  readonly #unfolding: Unfolding;
  readonly #around: Frame | undefined;
  readonly #args: ReadonlyMap<string, Value>;
  readonly #components: Value[] = [];
  readonly #instances: Value[] = [];

  constructor(unfolding: Unfolding, around: Frame | undefined, args: ReadonlyMap<string, Value>) {
    this.#unfolding = unfolding;
    this.#around = around;
    this.#args = args;
  }

  define(definition: Definition): void {
    switch (definition.kind) {
      case "core-instantiate":
        this.#unfolding.count("instances", 1);
        break;
      case "component":
        this.#components.push({ sort: "component", definition: definition.component, around: this });
        break;
      case "instantiate": {
        const component = this.#components[definition.component];
        const args = this.#items(definition.args);
        const exports =
          component?.sort === "component"
            ? this.#unfolding.instantiate(component.definition, component.around, args)
            : new Map<string, Value>();
        this.#instances.push({ sort: "instance", exports });
        break;
      }
      case "exports":
        this.#unfolding.count("instances", 1);
        this.#instances.push({ sort: "instance", exports: this.#items(definition.exports) });
        break;
      case "alias-export": {
        const instance = this.#instances[definition.instance];
        this.#push(
          definition.sort,
          instance?.sort === "instance" ? instance.exports.get(definition.name) : undefined,
        );
        break;
      }
      case "alias-outer": {
        // Validation saw to it that there are so many scopes around.
        let frame: Frame = this;
        for (let left = definition.count; left > 0; left--) frame = frame.#around!;
        this.#push(definition.sort, frame.#components[definition.index]);
        break;
      }
      case "import":
        this.#push(definition.entity.sort, this.#args.get(definition.name));
        break;
      case "export": {
        const value = this.#item(definition.item);
        this.exports.set(definition.name, value);
        this.#push(definition.item.sort, value);
        break;
      }
    }
  }

  #push(sort: string, value: Value): void {
    if (sort === "component") this.#components.push(value);
    else if (sort === "instance") this.#instances.push(value);
  }

  #item(item: ItemIndex): Value {
    if (item.sort === "component") return this.#components[item.index];
    return item.sort === "instance" ? this.#instances[item.index] : undefined;
  }

  #items(named: readonly { readonly name: string; readonly item: ItemIndex }[]): ReadonlyMap<string, Value> {
    this.#unfolding.count("work", named.length);
    return new Map(named.filter(({ item }) => matters(item.sort)).map((e) => [e.name, this.#item(e.item)]));
  }
}

function matters(sort: string): boolean {
  return sort === "component" || sort === "instance";
}

function isRelevant(definition: Definition): boolean {
  switch (definition.kind) {
    case "core-instantiate":
    case "component":
    case "instantiate":
    case "exports":
      return true;
    case "alias-export":
    case "alias-outer":
      return matters(definition.sort);
    case "import":
      return matters(definition.entity.sort);
    case "export":
      return matters(definition.item.sort);
    default:
      return false;
  }
}
