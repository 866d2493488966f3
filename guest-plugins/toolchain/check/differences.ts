/** Differences between what an author declared and what the glue declares in its place, and both as an author reads them. */
import type {
  Function as CompiledFunction,
  Element,
  File,
  FunctionPrototype,
  Program,
  Range,
  Type,
} from "assemblyscript";
import type { ExpectedExport } from "../glue/generate.ts";

/** Origins of types, as one more line. */
export function importsText({ origins }: Pick<ExpectedExport, "origins">): string {
  const imports = [...origins].map(([from, names]) => `import { ${names.join(", ")} } from "${from}"`);
  return imports.length ? `\n  with:     ${imports.join("; ")}` : "";
}

/** The declaration as the author wrote it, from its name up to its body, on one line. */
export function sourceText(prototype: FunctionPrototype): string {
  const { range, name } = prototype.declaration;
  const end = prototype.bodyNode?.range.start ?? range.end;
  return range.source.text.slice(name.range.start, end).replaceAll(/\s+/g, " ").trim();
}

export function rangeOf(element: Element): Range | null {
  return (element as FunctionPrototype).identifierNode?.range ?? null;
}

/**
 * Difference of the author's function from the one that the glue declares in its place, to go on after its name; or
 * that types of it do not resolve, which asc reports itself.
 */
export function differenceOf(
  program: Program,
  glue: File,
  fn: ExpectedExport,
  prototype: FunctionPrototype,
  compareResult = true,
): string | undefined {
  const declared = glue.members!.get(fn.declaredAs) as FunctionPrototype;
  const actual = program.resolver.resolveFunction(prototype, null);
  const wanted = program.resolver.resolveFunction(declared, null);
  return actual && wanted ? differs(actual, wanted, compareResult) : "unresolved";
}

/** The first part of a function's types that is not as it has to be. */
function differs(
  actual: CompiledFunction,
  wanted: CompiledFunction,
  compareResult: boolean,
): string | undefined {
  const has = actual.signature;
  const needs = wanted.signature;
  const count = needs.parameterTypes.length;
  if (has.requiredParameters > count || has.parameterTypes.length < count) {
    const plural = count === 1 ? "parameter" : "parameters";
    return `takes ${count} ${plural}, not ${has.parameterTypes.length}`;
  }
  for (const [i, type] of needs.parameterTypes.entries()) {
    // The glue passes a value of the world's type to the author's parameter; the result goes the other way.
    if (!fits(type, has.parameterTypes[i]!)) return `has another type for its parameter ${i + 1}`;
  }
  if (compareResult && !fits(has.returnType, needs.returnType)) return "returns another type";
  return undefined;
}

/** Stricter than asc's own rule: no implicit conversion of numbers, which would change values silently. */
function fits(from: Type, to: Type): boolean {
  if (from.isReference || to.isReference)
    return from.isReference && to.isReference && from.isAssignableTo(to);
  if (from.kind === to.kind) return true;
  const integers = from.isIntegerValue && to.isIntegerValue && !from.isBooleanValue && !to.isBooleanValue;
  return integers && from.size === to.size && from.isSignedIntegerValue === to.isSignedIntegerValue;
}
