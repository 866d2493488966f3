import type {
  FunctionType,
  Interface,
  Item,
  Owner,
  Structure,
  TypeDefinition,
  ValueType,
  World,
  WorldItem,
} from "../wit/model.ts";
import { rootDefinition } from "../wit/model.ts";
import type { ComponentType, Entity } from "./component-types.ts";
import type { StructureMeter } from "./structure-limits.ts";
import { partCount } from "./validate/part-count.ts";

export interface WorldOptions {
  readonly name: string;
  readonly package: string;
  /**
   * An exported interface that uses types of an interface the world both imports and exports means the exported
   * one. WIT says so, but the encoding of a world writes the imported one; in a real component the types tell.
   */
  readonly exportsUseExports: boolean;
}

/**
 * The world of a component type: every import and export, with definitions of their own, each owned by the
 * interface or world that names it. What WIT has no words for is left out: components, core modules, instances
 * inside instances and types of those, and what uses a resource that only such an instance names. `beyondWit` are
 * their names. An engine that goes by the component's own type can run such a component all the same.
 */
export function worldOf(
  type: ComponentType,
  options: WorldOptions,
  meter: StructureMeter,
): { readonly world: World; readonly beyondWit: readonly string[] } {
  const builder = new WorldBuilder(options, meter);
  return { world: builder.build(type), beyondWit: builder.beyondWit };
}

/** Types that WIT can only write with a name. */
const namedKinds: ReadonlySet<string> = new Set(["record", "variant", "enum", "flags"]);

/** A resource that nothing in the world names. */
class Nameless extends Error {}

class WorldBuilder {
  readonly beyondWit: string[] = [];
  readonly #options: WorldOptions;
  readonly #meter: StructureMeter;
  /** Definitions of the component type → the world's. */
  readonly #definitions = new Map<TypeDefinition, TypeDefinition>();
  /** A resource → the first definition of the world that names it. */
  readonly #resources = new Map<TypeDefinition, TypeDefinition>();
  /** `interface#type` → the exported definition. */
  readonly #exported = new Map<string, TypeDefinition>();
  /** Records and their like that an instance exports without a definition of their own. */
  readonly #bare = new Map<Structure, TypeDefinition>();
  /** Within one item, because definitions that come later could have named parts of a structure. */
  #structures = new Map<Structure, Structure>();
  #owner: Owner = { direction: "import" };

  constructor(options: WorldOptions, meter: StructureMeter) {
    this.#options = options;
    this.#meter = meter;
  }

  build(type: ComponentType): World {
    const imports = this.#items(type.imports, "import");
    const exports = this.#items(type.exports, "export");
    return { name: this.#options.name, package: this.#options.package, imports, exports };
  }

  #items(entities: ReadonlyMap<string, Entity>, direction: Owner["direction"]): WorldItem[] {
    return [...entities].flatMap(([name, entity]): WorldItem[] => {
      this.#structures = new Map();
      this.#owner = entity.sort === "instance" ? { interface: name, direction } : { direction };
      if (entity.sort !== "instance") return this.#item(name, entity);
      return [{ kind: "interface", name, interface: this.#interface(entity.type.exports) }];
    });
  }

  #interface(exports: ReadonlyMap<string, Entity>): Interface {
    return { items: [...exports].flatMap(([name, entity]) => this.#item(name, entity)) };
  }

  /** One, or none where WIT has no words for it. */
  #item(name: string, entity: Entity): Item[] {
    try {
      if (entity.sort === "func") return [{ kind: "function", name, type: this.#func(entity.type) }];
      const entry = entity.sort === "type" ? entity.entry : undefined;
      if (entry?.sort === "value") return [this.#type(name, entry.type)];
      if (entry?.sort === "resource") return [this.#type(name, { kind: "ref", target: entry.resource })];
    } catch (thrown) {
      if (!(thrown instanceof Nameless)) throw thrown;
    }
    this.beyondWit.push(this.#owner.interface === undefined ? name : `${this.#owner.interface}#${name}`);
    return [];
  }

  #type(name: string, type: ValueType): Item {
    const definition: TypeDefinition = { name, owner: this.#owner, body: this.#body(type) };
    // The definition being made is the world's word for everything on the way to what it stands for.
    let at = type;
    while (at.kind === "ref" && !this.#definitions.has(at.target)) {
      this.#definitions.set(at.target, definition);
      const { body }: TypeDefinition = at.target;
      if (body.kind === "resource") {
        this.#resources.set(at.target, definition);
        break;
      }
      at = body;
    }
    // An alias of something the world names already is still what later items of the component refer to.
    if (type.kind === "ref") this.#definitions.set(type.target, definition);
    else if (namedKinds.has(type.kind)) this.#bare.set(type, definition);
    if (this.#owner.direction === "export" && this.#owner.interface !== undefined) {
      this.#exported.set(`${this.#owner.interface}#${name}`, definition);
    }
    return { kind: "type", name, definition };
  }

  #body(type: ValueType): TypeDefinition["body"] {
    for (let at = type; ; ) {
      if (at.kind !== "ref") return this.#structure(at);
      const known = this.#known(at.target);
      if (known) return { kind: "ref", target: known };
      const { body }: TypeDefinition = at.target;
      if (body.kind === "resource") return body;
      at = body;
    }
  }

  /** The world's definition for one of the component type's. */
  #known(definition: TypeDefinition): TypeDefinition | undefined {
    const known = this.#definitions.get(definition);
    const { exportsUseExports } = this.#options;
    if (!known || !exportsUseExports || this.#owner.direction !== "export") return known;
    if (this.#owner.interface === undefined || known.owner.direction !== "import") return known;
    return this.#exported.get(`${known.owner.interface}#${known.name}`) ?? known;
  }

  #value(type: ValueType): ValueType {
    const bare = type.kind === "ref" ? undefined : this.#bare.get(type);
    const body = bare ? ({ kind: "ref", target: bare } as const) : this.#body(type);
    if (body.kind === "resource") throw new TypeError("a value type refers to a resource");
    return body;
  }

  #func(type: FunctionType): FunctionType {
    this.#meter.spend("work", type.parameters.length);
    const parameters = type.parameters.map((p) => ({ name: p.name, type: this.#value(p.type) }));
    return { parameters, ...(type.result && { result: this.#value(type.result) }) };
  }

  #structure(type: Structure): Structure {
    const known = this.#structures.get(type);
    if (known) return known;
    this.#meter.spend("work", partCount(type));
    const made = this.#parts(type);
    this.#structures.set(type, made);
    return made;
  }

  #parts(type: Structure): Structure {
    switch (type.kind) {
      case "list":
        return { ...type, element: this.#value(type.element) };
      case "tuple":
        return { kind: "tuple", elements: type.elements.map((element) => this.#value(element)) };
      case "record": {
        const fields = type.fields.map((f) => ({ name: f.name, type: this.#value(f.type) }));
        return { kind: "record", fields };
      }
      case "variant": {
        const cases = type.cases.map((c) => (c.type ? { name: c.name, type: this.#value(c.type) } : c));
        return { kind: "variant", cases };
      }
      case "option":
        return { kind: "option", some: this.#value(type.some) };
      case "result":
        return {
          kind: "result",
          ...(type.ok && { ok: this.#value(type.ok) }),
          ...(type.err && { err: this.#value(type.err) }),
        };
      case "own":
      case "borrow":
        return { kind: type.kind, resource: this.#resource(type.resource) };
      default:
        return type;
    }
  }

  #resource(definition: TypeDefinition): TypeDefinition {
    for (let at = definition; ; ) {
      const known = this.#known(at);
      if (known) return known;
      if (at.body.kind !== "ref") break;
      at = at.body.target;
    }
    const root = rootDefinition(definition);
    const known = this.#resources.get(root);
    if (known) return known;
    throw new Nameless();
  }
}
