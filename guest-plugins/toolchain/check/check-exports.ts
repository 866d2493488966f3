import type {
  Function as CompiledFunction,
  DiagnosticMessage,
  Element,
  File,
  FunctionPrototype,
  Program,
  Range,
  Type,
} from "assemblyscript";
import { nearest } from "../../../host/text/nearest.ts";
import { type AuthorModule, calleeOf, type ExpectedExport, type Generated } from "../glue/generate.ts";

// asc's enums are const enums, which only its own build can name.
const functionPrototype = 4;
const userDefined = 102;
export const warningCategory = 2;
const errorCategory = 3;

/** Adds an error to what asc reports, at a place in a source where there is one. */
export function report(
  program: Program,
  message: string,
  range: Range | null = null,
  category = errorCategory,
): void {
  program.emitDiagnostic(userDefined, category, range, null, "");
  const added: DiagnosticMessage | undefined = program.diagnostics.at(-1);
  if (added) added.message = message;
}

/**
 * Compares the functions that the author's entry file exports with those the world needs, by asc's resolved types
 * (`checkClasses` does so for classes, and comes first: functions may take and return them). Reports one
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
    if (fn.owner) continue;
    const callee = calleeOf(fn, author);
    const [name, namespace] = callee.split(".").reverse();
    const expected = expectedText(fn, callee);
    const parent = namespace ? file.lookupExport(namespace) : undefined;
    const element: Element | null = namespace
      ? (parent?.members?.get(name!) ?? null)
      : file.lookupExport(name!);
    if (!element) {
      const near = nearest(name!, namespace ? (parent?.members?.keys() ?? []) : exported);
      const hint = near.length ? `\n  found instead: ${near.join(", ")}` : "";
      complain(
        `The world exports ${fn.label}, but ${file.source.normalizedPath} has no ${callee}.\n  expected: ${expected}${hint}`,
        parent?.identifierNode?.range ?? (near[0] ? rangeOf(file.lookupExport(near[0])!) : null),
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
    const difference = differenceOf(program, glue, fn, prototype);
    if (difference === "unresolved") right = false;
    else if (difference !== undefined) {
      complain(
        `${fn.label} ${difference}.\n  expected: ${expected}\n  found:    ${foundText(prototype)}`,
        rangeOf(element),
      );
    }
  }
  if (right) warnOfExtras(program, file, generated, author);
  return right;
}

/** Functions that the author exports and the world does not: nobody could call them. */
function warnOfExtras(program: Program, file: File, generated: Generated, author: AuthorModule): void {
  const free = generated.expected.filter((fn) => !fn.owner);
  const expected = new Set(free.map((fn) => calleeOf(fn, author)));
  for (const name of file.exports?.keys() ?? []) {
    const element = file.lookupExport(name);
    if (element?.kind !== functionPrototype || expected.has(name)) continue;
    const wit = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    report(
      program,
      `${name} is exported, but the world exports no ${wit}: nobody can call it.\n  Add it to the world (export ${wit}: func(…);), or leave out "export".`,
      rangeOf(element),
      warningCategory,
    );
  }
}

/** What to write, and where the types in it come from: two interfaces may have types of the same name. */
function expectedText(fn: ExpectedExport, callee: string): string {
  const text = `export function ${fn.signature}`;
  const [namespace, inner] = callee.split(".");
  return (inner ? `export namespace ${namespace} { ${text} }` : text) + importsText(fn);
}

/** Where types come from, as one more line. */
export function importsText({ origins }: Pick<ExpectedExport, "origins">): string {
  const imports = [...origins].map(([from, names]) => `import { ${names.join(", ")} } from "${from}"`);
  return imports.length ? `\n  with:     ${imports.join("; ")}` : "";
}

function foundText(prototype: FunctionPrototype): string {
  return `export function ${sourceText(prototype)}`;
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
 * How the author's function differs from the one that the glue declares in its place, to go on after its name; or
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

/** What about a function's types is not as it has to be. */
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
