import type {
  Function as CompiledFunction,
  DiagnosticMessage,
  Element,
  FunctionPrototype,
  Program,
  Range,
  Type,
} from "assemblyscript";
import { nearest } from "../../host/errors.ts";
import { type AuthorModule, calleeOf, type ExpectedExport, type Generated } from "./generate.ts";

// asc's enums are const enums, which only its own build can name.
const functionPrototype = 4;
const userDefined = 102;
const errorCategory = 3;

/** Adds an error to what asc reports, at a place in a source where there is one. */
export function report(program: Program, message: string, range: Range | null = null): void {
  program.emitDiagnostic(userDefined, errorCategory, range, null, "");
  const added: DiagnosticMessage | undefined = program.diagnostics.at(-1);
  if (added) added.message = message;
}

/**
 * Compares what the author's entry file exports with what the world needs, by asc's resolved types. Reports one
 * error for each function that is missing or has other types; returns whether all are right.
 */
export function checkExports(
  program: Program,
  generated: Generated,
  entry: string,
  author: AuthorModule,
): boolean {
  const file = program.filesByName.get(entry);
  const glue = program.filesByName.get("~lib/wit-glue");
  if (!file || !glue) return false;
  const exported = [...(file.exports?.keys() ?? [])];
  let right = true;
  const complain = (message: string, range: Range | null = null) => {
    right = false;
    report(program, message, range);
  };

  for (const fn of generated.expected) {
    const callee = calleeOf(fn, author);
    const [name, namespace] = callee.split(".").reverse();
    const expected = expectedText(fn, callee);
    const parent = namespace ? file.lookupExport(namespace) : undefined;
    const element: Element | null = namespace
      ? (parent?.members?.get(name!) ?? null)
      : file.lookupExport(name!);
    if (!element) {
      const near = nearest(name!, namespace ? [] : exported);
      const hint = near.length ? `\n  found instead: ${near.join(", ")}` : "";
      complain(
        `The world exports ${fn.label}, but ${file.source.normalizedPath} has no ${callee}.\n  expected: ${expected}${hint}`,
        parent?.identifierNode?.range ?? null,
      );
      continue;
    }
    if (element.kind !== functionPrototype) {
      complain(`${fn.label} must be a function.\n  expected: ${expected}`, rangeOf(element));
      continue;
    }
    const prototype = element as FunctionPrototype;
    if (prototype.typeParameterNodes?.length) {
      complain(`${fn.label} must not be generic.\n  expected: ${expected}`, rangeOf(element));
      continue;
    }
    const actual = program.resolver.resolveFunction(prototype, null);
    const wanted = program.resolver.resolveFunction(
      glue.members!.get(fn.declaredAs) as FunctionPrototype,
      null,
    );
    // Types that do not resolve are reported by asc itself.
    if (!actual || !wanted) {
      right = false;
      continue;
    }
    const difference = differs(actual, wanted);
    if (difference) {
      complain(
        `${fn.label} ${difference}.\n  expected: ${expected}\n  found:    ${foundText(prototype)}`,
        rangeOf(element),
      );
    }
  }
  return right;
}

/** What to write, and where the types in it come from: two interfaces may have types of the same name. */
function expectedText(fn: ExpectedExport, callee: string): string {
  const text = `export function ${fn.signature}`;
  const [namespace, inner] = callee.split(".");
  const imports = [...fn.origins].map(([from, names]) => `import { ${names.join(", ")} } from "${from}"`);
  const within = imports.length ? `\n  with:     ${imports.join("; ")}` : "";
  return (inner ? `export namespace ${namespace} { ${text} }` : text) + within;
}

/** The declaration as the author wrote it, up to its body, on one line. */
function foundText(prototype: FunctionPrototype): string {
  const { range, name } = prototype.declaration;
  const end = prototype.bodyNode?.range.start ?? range.end;
  const text = range.source.text.slice(name.range.start, end);
  return `export function ${text.replaceAll(/\s+/g, " ").trim()}`;
}

function rangeOf(element: Element): Range | null {
  return (element as FunctionPrototype).identifierNode?.range ?? null;
}

function differs(actual: CompiledFunction, wanted: CompiledFunction): string | undefined {
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
  if (!fits(has.returnType, needs.returnType)) return "returns another type";
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
