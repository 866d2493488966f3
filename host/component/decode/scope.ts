import type { FunctionType, Owner, TypeDefinition } from "../../wit/model.ts";
import { invalid, unknownIndex } from "../component-failures.ts";
import type { ComponentType, Entity, InstanceType, TypeEntry } from "../component-types.ts";
import type { CoreEntity, CoreTypeEntry, ModuleType } from "../core-types.ts";
import type { NamedExtern } from "../validate/extern-names.ts";
import { ExternNames, VisibleTypes } from "../validate/extern-rules.ts";
import { refersToResource } from "../validate/free-resources.ts";
import { entryOf, Substitution } from "../validate/substitute.ts";
import type { TypeTable } from "../validate/type-table.ts";

export type CoreInstanceType = ReadonlyMap<string, CoreEntity>;

/** The index spaces of a component, component type or instance type while it is decoded. */
export class DecodingScope {
  readonly kind: "component" | "component type" | "instance type";
  readonly table: TypeTable;
  readonly parent: DecodingScope | undefined;
  readonly depth: number;
  /** Definitions from this number on belong to this scope. */
  readonly from: number;

  readonly types: TypeEntry[] = [];
  readonly funcs: FunctionType[] = [];
  readonly instances: InstanceType[] = [];
  readonly components: ComponentType[] = [];
  readonly modules: ModuleType[] = [];
  readonly coreTypes: CoreTypeEntry[] = [];
  readonly coreInstances: CoreInstanceType[] = [];
  readonly core: { readonly [S in CoreEntity["sort"]]: (CoreEntity & { sort: S })[] } = {
    func: [],
    table: [],
    memory: [],
    global: [],
    tag: [],
  };

  readonly imports = new Map<string, Entity>();
  readonly exports = new Map<string, Entity>();
  /** Resources that the component itself defines. */
  readonly resources = new Set<TypeDefinition>();

  readonly #importNames = new ExternNames("import");
  readonly #exportNames = new ExternNames("export");
  readonly #visibleToImports: VisibleTypes;
  readonly #visibleToExports: VisibleTypes;

  constructor(kind: DecodingScope["kind"], table: TypeTable, parent?: DecodingScope) {
    this.kind = kind;
    this.table = table;
    this.parent = parent;
    this.depth = parent ? parent.depth + 1 : 0;
    this.from = table.next;
    this.#visibleToImports = new VisibleTypes(table, "import", this.from);
    this.#visibleToExports = new VisibleTypes(table, "export", this.from);
    table.meter.check("nesting", this.depth);
  }

  /** The scope so many levels out. */
  outer(count: number, offset: number): DecodingScope {
    let scope: DecodingScope = this;
    for (let left = count; left > 0; left--) {
      if (!scope.parent) throw invalid(`there are no ${count} enclosing scopes`, offset);
      scope = scope.parent;
    }
    return scope;
  }

  /**
   * Adds an import or export, which also gets the next index of its sort. Throws `invalid-component` for names and
   * types that can't stand there.
   */
  add(direction: Owner["direction"], extern: NamedExtern, entity: Entity, offset: number): void {
    const { name } = extern;
    const among = direction === "import" ? this.imports : this.exports;
    (direction === "import" ? this.#importNames : this.#exportNames).add(extern, entity, among, offset);
    among.set(name, entity);
    this.table.meter.check("exports", among.size, offset);
    this.push(entity);
    // What an instance type says is looked at where it is used: only there is known what its outer types are.
    if (this.kind === "instance type") return;
    const nameable = direction === "export" || this.#visibleToImports.admit(entity);
    if (!nameable || !this.#visibleToExports.admit(entity)) {
      throw invalid(
        `${direction} "${name}" uses a type that has no name outside the component`,
        offset,
        name,
      );
    }
  }

  /** Refuses to take a type that refers to resources out of an enclosing component. Throws `invalid-component`. */
  checkOuter(count: number, entry: TypeEntry, offset: number): void {
    let crosses = false;
    let scope: DecodingScope = this;
    for (let left = count; left > 0 && scope.parent; left--) {
      crosses ||= scope.kind === "component";
      scope = scope.parent;
    }
    if (crosses && refersToResource(entry, this.table)) {
      throw invalid("an outer alias can't take a type that refers to resources into a component", offset);
    }
  }

  /** Appends to the index space of its sort. */
  push(entity: Entity): void {
    switch (entity.sort) {
      case "func":
        this.funcs.push(entity.type);
        break;
      case "type":
        this.types.push(entity.entry);
        break;
      case "instance":
        this.instances.push(entity.type);
        break;
      case "component":
        this.components.push(entity.type);
        break;
      case "module":
        this.modules.push(entity.type);
        break;
    }
  }

  pushCore(entity: CoreEntity): void {
    (this.core[entity.sort] as CoreEntity[]).push(entity);
  }

  /**
   * Entity that a declaration introduces under a name: types get a definition of that name, and an instance's types
   * become definitions of their own.
   */
  declare(name: string, entity: Entity, direction: Owner["direction"], offset: number): Entity {
    if (entity.sort === "type") {
      const { entry } = entity;
      if (entry.sort === "value") {
        return this.#defined(this.table.definition(name, { direction }, entry.type, offset));
      }
      if (entry.sort === "resource") {
        const body = { kind: "ref", target: entry.resource } as const;
        return this.#defined(this.table.definition(name, { direction }, body, offset));
      }
    }
    if (entity.sort === "instance") {
      const from = this.table.info(entity.type).from;
      const fresh = new Substitution(this.table, from, { interface: name, direction });
      fresh.freshen(entity.type.exports);
      return fresh.entity(entity);
    }
    return entity;
  }

  /** A resource that is only known to be one (`(sub resource)`). */
  abstractResource(name: string, direction: Owner["direction"], offset: number): Entity {
    return this.#defined(this.table.definition(name, { direction }, { kind: "resource" }, offset));
  }

  #defined(definition: TypeDefinition): Entity {
    return { sort: "type", entry: entryOf(definition) };
  }

  instanceType(offset: number): InstanceType {
    return this.table.instance(this.exports, this.from, offset);
  }

  componentType(offset: number): ComponentType {
    const { imports, exports } = this;
    return this.table.component({ imports, exports, resources: [...this.resources] }, this.from, offset);
  }
}

/** The element at an index of an index space. Throws `invalid-component`. */
export function elementAt<T>(space: readonly T[], index: number, what: string, offset: number): T {
  const element = space[index];
  if (element === undefined) throw unknownIndex(what, index, space.length, offset);
  return element;
}
