/**
 * Test that one thing can stand where another is expected: instantiation arguments and export ascriptions
 * (Explainer.md, Type Checking; Binary.md, Instance Definitions).
 */
import {
  type FunctionType,
  resolve,
  rootDefinition,
  type Structure,
  type ValueType,
} from "../../wit/model.ts";
import { invalid } from "../component-failures.ts";
import { type ComponentType, definitionOf, type Entity, type InstanceType } from "../component-types.ts";
import { coreMismatch, coreWork } from "./core-matching.ts";
import { partCount } from "./part-count.ts";
import { Substitution } from "./substitute.ts";
import type { TypeTable } from "./type-table.ts";

export class Matcher {
  readonly #table: TypeTable;
  readonly #same = new Map<Structure, Set<Structure>>();

  constructor(table: TypeTable) {
    this.#table = table;
  }

  /**
   * The type of the instance that comes from giving `args` to a component: its imports replaced, its own
   * resources new. Throws `invalid-component` where an argument is missing or of another type.
   */
  instantiate(component: ComponentType, args: ReadonlyMap<string, Entity>, offset: number): InstanceType {
    const from = this.#table.next;
    const exports = this.#apply(component, args, "import", offset);
    return this.#table.instance(exports, from, offset);
  }

  /**
   * Throws `invalid-component` unless `actual` can stand where `expected`, whose definitions begin with number
   * `from`, is asked for.
   */
  check(expected: Entity, actual: Entity, from: number, name: string, offset: number): void {
    this.#match(expected, actual, new Substitution(this.#table, from), name, offset);
  }

  #apply(component: ComponentType, args: ReadonlyMap<string, Entity>, what: string, offset: number) {
    const substitution = new Substitution(this.#table, this.#table.info(component).from);
    this.#supply(component.imports, args, substitution, what, offset);
    for (const resource of component.resources) substitution.freshenDefinition(resource);
    substitution.freshen(component.exports);
    return substitution.entities(component.exports);
  }

  #supply(
    expected: ReadonlyMap<string, Entity>,
    actual: ReadonlyMap<string, Entity>,
    substitution: Substitution,
    what: string,
    offset: number,
  ): void {
    for (const [name, entity] of expected) {
      const supplied = actual.get(name);
      if (!supplied) throw invalid(`nothing is given for the ${what} "${name}"`, offset, name);
      this.#match(entity, supplied, substitution, name, offset);
    }
  }

  #match(expected: Entity, actual: Entity, substitution: Substitution, name: string, offset: number): void {
    this.#table.meter.spend("work", 1, offset);
    const refuse = (why: string) => invalid(`"${name}": ${why}`, offset, name);
    if (expected.sort === "module" && actual.sort === "module") {
      this.#table.meter.spend("work", coreWork(expected.type) + coreWork(actual.type), offset);
      const mismatch = coreMismatch(expected.type, actual.type, this.#table.core);
      if (mismatch) throw refuse(mismatch);
      return;
    }
    if (expected.sort === "func" && actual.sort === "func") {
      if (!this.#sameFunction(substitution.func(expected.type), actual.type)) {
        throw refuse("the function has another type");
      }
      return;
    }
    if (expected.sort === "instance" && actual.sort === "instance") {
      this.#supply(expected.type.exports, actual.type.exports, substitution, "export", offset);
      return;
    }
    if (expected.sort === "component" && actual.sort === "component") {
      this.#matchComponent(substitution.component(expected.type), actual.type, offset);
      return;
    }
    if (expected.sort === "type" && actual.sort === "type") {
      this.#matchType(expected, actual, substitution, name, offset);
      return;
    }
    throw refuse(`expected a ${expected.sort}, found a ${actual.sort}`);
  }

  #matchType(
    expected: Entity & { sort: "type" },
    actual: Entity & { sort: "type" },
    substitution: Substitution,
    name: string,
    offset: number,
  ): void {
    const refuse = (why: string) => invalid(`type "${name}": ${why}`, offset, name);
    const want = expected.entry;
    const have = actual.entry;
    const definition = definitionOf(want);
    if (want.sort === "resource" && have.sort === "resource") {
      // Only declared to be a resource: any will do, and this one it is from now on.
      const anyResource = want.resource.body.kind === "resource";
      const wanted = anyResource ? have.resource : substitution.resource(want.resource);
      if (rootDefinition(wanted) !== rootDefinition(have.resource))
        throw refuse("another resource is expected");
    } else if (want.sort === "value" && have.sort === "value") {
      if (!this.sameValue(substitution.value(want.type), have.type)) throw refuse("another type is expected");
    } else if (want.sort === "func" && have.sort === "func") {
      if (!this.#sameFunction(substitution.func(want.type), have.type))
        throw refuse("another type is expected");
    } else if (want.sort === "component" && have.sort === "component") {
      this.#matchComponent(substitution.component(want.type), have.type, offset);
      this.#matchComponent(have.type, substitution.component(want.type), offset);
    } else if (want.sort === "instance" && have.sort === "instance") {
      const one = new Substitution(this.#table, this.#table.info(want.type).from);
      this.#supply(substitution.instance(want.type).exports, have.type.exports, one, "export", offset);
      const other = new Substitution(this.#table, this.#table.info(have.type).from);
      this.#supply(have.type.exports, substitution.instance(want.type).exports, other, "export", offset);
    } else {
      throw refuse(`expected a ${want.sort} type, found a ${have.sort} type`);
    }
    if (definition) substitution.replace(definition, have);
  }

  /** Arguments that `expected` allows suffice for `actual`, which then gives all that `expected` promises. */
  #matchComponent(expected: ComponentType, actual: ComponentType, offset: number): void {
    if (expected === actual) return;
    const exports = this.#apply(actual, expected.imports, "import", offset);
    const substitution = new Substitution(this.#table, this.#table.info(expected).from);
    this.#supply(expected.exports, exports, substitution, "export", offset);
  }

  #sameFunction(a: FunctionType, b: FunctionType): boolean {
    if (a === b) return true;
    if (a.parameters.length !== b.parameters.length) return false;
    this.#table.meter.spend("work", a.parameters.length);
    const parameters = a.parameters.every((parameter, i) => {
      const other = b.parameters[i]!;
      return parameter.name === other.name && this.sameValue(parameter.type, other.type);
    });
    return parameters && this.#sameOptional(a.result, b.result);
  }

  #sameOptional(a: ValueType | undefined, b: ValueType | undefined): boolean {
    return a === undefined || b === undefined ? a === b : this.sameValue(a, b);
  }

  sameValue(a: ValueType, b: ValueType): boolean {
    const left = resolve(a);
    const right = resolve(b);
    if (left === right) return true;
    if (left.kind !== right.kind) return false;
    // Pairs found equal are kept, so that types which repeat their parts are not compared exponentially often.
    const known = this.#same.get(left);
    if (known?.has(right)) return true;
    this.#table.meter.spend("work", partCount(left));
    const same = this.#sameStructure(left, right);
    if (same) this.#same.set(left, (known ?? new Set()).add(right));
    return same;
  }

  #sameStructure(a: Structure, b: Structure): boolean {
    if (a.kind === "list" && b.kind === "list") {
      return a.length === b.length && a.map === b.map && this.sameValue(a.element, b.element);
    }
    if (a.kind === "tuple" && b.kind === "tuple") {
      return (
        a.elements.length === b.elements.length &&
        a.elements.every((element, i) => this.sameValue(element, b.elements[i]!))
      );
    }
    if (a.kind === "record" && b.kind === "record") return this.#sameNamed(a.fields, b.fields);
    if (a.kind === "variant" && b.kind === "variant") return this.#sameNamed(a.cases, b.cases);
    if ((a.kind === "enum" || a.kind === "flags") && a.kind === b.kind) {
      return a.names.length === b.names.length && a.names.every((name, i) => name === b.names[i]);
    }
    if (a.kind === "option" && b.kind === "option") return this.sameValue(a.some, b.some);
    if (a.kind === "result" && b.kind === "result") {
      return this.#sameOptional(a.ok, b.ok) && this.#sameOptional(a.err, b.err);
    }
    if ((a.kind === "own" || a.kind === "borrow") && a.kind === b.kind) {
      return rootDefinition(a.resource) === rootDefinition(b.resource);
    }
    return a.kind === b.kind;
  }

  #sameNamed(a: readonly { name: string; type?: ValueType }[], b: typeof a): boolean {
    return (
      a.length === b.length &&
      a.every((part, i) => part.name === b[i]!.name && this.#sameOptional(part.type, b[i]!.type))
    );
  }
}
