/** Forms of arguments besides JSON: what a query can carry, and what a body of bytes can be (docs/calling.md). */
import {
  type FunctionType,
  type NamedValue,
  primitiveKinds,
  resolve,
  type Structure,
  type ValueType,
} from "../model.ts";

const scalars = new Set<string>([...primitiveKinds, "enum"]);

/** The scalar or list of scalars that a parameter is, or is an option of, as its elements may be; undefined for other types. */
export function queryStructure(type: ValueType): Structure | undefined {
  const inner = withoutOption(type);
  const scalar = inner.kind === "list" ? withoutOption(inner.element) : inner;
  return scalars.has(scalar.kind) ? inner : undefined;
}

/** True for a `list<u8>`, however it is called. */
export function isBytes(type: ValueType): boolean {
  const structure = resolve(type);
  return structure.kind === "list" && resolve(structure.element).kind === "u8";
}

/**
 * Parameters that a body of bytes may be: it is one where they are one. They are the `list<u8>`s, and where there is none the
 * options of one, so that a call that sends bytes is right still when they may be left out, or others may be added.
 */
export function bytesParameters({ parameters }: FunctionType): readonly NamedValue[] {
  const needed = parameters.filter(({ type }) => isBytes(type));
  return needed.length > 0 ? needed : parameters.filter(({ type }) => isBytes(withoutOption(type)));
}

/** The parameter that a body of bytes is, with all others carried by a query or left out; undefined where that can't be. */
export function calledWithBytes(type: FunctionType): NamedValue | undefined {
  const [taker, ...more] = bytesParameters(type);
  return taker && more.length === 0 && calledByQuery(type) ? taker : undefined;
}

/** True where a query can carry all parameters that have to be there. */
export function calledByQuery({ parameters }: FunctionType): boolean {
  return parameters.every(
    ({ type }) => queryStructure(type) !== undefined || resolve(type).kind === "option",
  );
}

/** The structure of a type, or of what it is an option of. */
export function withoutOption(type: ValueType): Structure {
  const structure = resolve(type);
  return structure.kind === "option" ? resolve(structure.some) : structure;
}
