import type { Element, File, FunctionPrototype, Program, Range } from "assemblyscript";
import { nearest } from "../../../host/text/nearest.ts";
import {
  type AuthorModule,
  calleeOf,
  type ExpectedExport,
  exportPath,
  type Generated,
} from "../glue/generate.ts";
import { report, warningCategory } from "./added-diagnostics.ts";
import { classOfDefault } from "./default-export.ts";
import { differenceOf, importsText, rangeOf, sourceText } from "./differences.ts";

// asc's enums are const enums, which only its own build can name.
const globalVariable = 1;
const functionPrototype = 4;

/** App that answers for the handler of HTTP in place of a function: most authors mean to write one. */
const app = { of: "wasi:http/incoming-handler@", as: "export default app, an App of hotcell/assembly/http" };

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
    const expected = expectedText(fn, exportPath(fn.name, fn.group, author));
    const isMethod = namespace === "default";
    const owner = isMethod ? classOfDefault(program, file) : undefined;
    // What else asc has to say of the default, it says itself.
    if (isMethod && !owner && file.lookupExport("default")?.kind === globalVariable) continue;
    const parent = namespace ? file.lookupExport(namespace) : undefined;
    const members = isMethod ? owner?.members : parent?.members;
    const element: Element | null = namespace
      ? ((isMethod ? owner?.getMember(name!) : members?.get(name!)) ?? null)
      : file.lookupExport(name!);
    if (!element) {
      const near = nearest(name!, namespace ? (members?.keys() ?? []) : exported);
      const hint = near.length ? `\n  found instead: ${near.join(", ")}` : "";
      const other = !namespace && fn.label.startsWith(app.of) ? `\n  or:       ${app.as}` : "";
      const lack = isMethod ? `no ${name}, nor has its default export` : `no ${callee}`;
      complain(
        `The world exports ${fn.label}, but ${file.source.normalizedPath} has ${lack}.\n  expected: ${expected}${other}${hint}`,
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

/** The declaration to write, and where the types in it come from: two interfaces may have types of the same name. */
function expectedText(fn: ExpectedExport, callee: string): string {
  const text = `export function ${fn.signature}`;
  const [namespace, inner] = callee.split(".");
  return (inner ? `export namespace ${namespace} { ${text} }` : text) + importsText(fn);
}

function foundText(prototype: FunctionPrototype): string {
  return `export function ${sourceText(prototype)}`;
}
