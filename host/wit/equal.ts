/** Structural equality of types, across worlds. */
import { canonicalInterfaceName } from "./interface-version.ts";
import {
  type FunctionType,
  resolve,
  resourceOf,
  type Structure,
  type TypeDefinition,
  type ValueType,
} from "./model.ts";

/**
 * True where two types have the same values: names of definitions are nothing, names of fields, cases and flags and
 * their order are. Resources are the same when their names, their interfaces (by compatible version) and their
 * direction are. Takes time near linear in the definitions, however often types share parts.
 */
export function sameType(a: ValueType, b: ValueType): boolean {
  return new Comparison().same(a, b);
}

/** The same for functions, by parameters and result; the parameters' names count only when asked for. */
export function sameFunctionType(
  a: FunctionType,
  b: FunctionType,
  { parameterNames = false }: { readonly parameterNames?: boolean } = {},
): boolean {
  const comparison = new Comparison();
  return (
    a.parameters.length === b.parameters.length &&
    a.parameters.every(({ name, type }, i) => {
      const other = b.parameters[i]!;
      return (!parameterNames || name === other.name) && comparison.same(type, other.type);
    }) &&
    comparison.sameOptional(a.result, b.result)
  );
}

/**
 * One comparison. What was found (or is just being) compared equal is joined into classes, so that each pair of
 * structures costs at most one visit and all visits together at most one join a structure. Joining before the parts
 * are compared is sound, because one difference anywhere ends the whole comparison.
 */
class Comparison {
  readonly #parents = new Map<Structure, Structure>();

  same(a: ValueType, b: ValueType): boolean {
    const left = this.#representative(resolve(a));
    const right = this.#representative(resolve(b));
    if (left === right) return true;
    if (left.kind !== right.kind) return false;
    this.#parents.set(left, right);
    return this.#sameParts(left, right);
  }

  sameOptional(a: ValueType | undefined, b: ValueType | undefined): boolean {
    return a === undefined || b === undefined ? a === b : this.same(a, b);
  }

  #sameParts(a: Structure, b: Structure): boolean {
    switch (a.kind) {
      case "list":
        return a.length === (b as typeof a).length && this.same(a.element, (b as typeof a).element);
      case "tuple":
        return sameItems(a.elements, (b as typeof a).elements, (x, y) => this.same(x, y));
      case "record":
        return sameItems(
          a.fields,
          (b as typeof a).fields,
          (x, y) => x.name === y.name && this.same(x.type, y.type),
        );
      case "variant":
        return sameItems(
          a.cases,
          (b as typeof a).cases,
          (x, y) => x.name === y.name && this.sameOptional(x.type, y.type),
        );
      case "enum":
      case "flags":
        return sameItems(a.names, (b as typeof a).names, (x, y) => x === y);
      case "option":
        return this.same(a.some, (b as typeof a).some);
      case "result":
        return this.sameOptional(a.ok, (b as typeof a).ok) && this.sameOptional(a.err, (b as typeof a).err);
      case "own":
      case "borrow":
        return sameResource(resourceOf(a), resourceOf(b as typeof a));
      default:
        return true;
    }
  }

  #representative(structure: Structure): Structure {
    let at = structure;
    for (let parent = this.#parents.get(at); parent; parent = this.#parents.get(at)) {
      const grandparent = this.#parents.get(parent);
      if (grandparent) this.#parents.set(at, grandparent);
      at = parent;
    }
    return at;
  }
}

function sameItems<T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && a.every((item, i) => same(item, b[i]!));
}

function sameResource(a: TypeDefinition, b: TypeDefinition): boolean {
  if (a === b) return true;
  const [left, right] = [a.owner, b.owner];
  return (
    a.name === b.name &&
    left.direction === right.direction &&
    (left.interface === undefined || right.interface === undefined
      ? left.interface === right.interface
      : canonicalInterfaceName(left.interface) === canonicalInterfaceName(right.interface))
  );
}
