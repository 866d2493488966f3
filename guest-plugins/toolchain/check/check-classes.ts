import type { Class, ClassPrototype, Element, FunctionPrototype, Program, Range } from "assemblyscript";
import { nearest } from "../../../host/text/nearest.ts";
import { type AuthorModule, type ExpectedExport, exportPath, type Generated } from "../glue/generate.ts";
import type { BoundClass } from "../world/bindings.ts";
import { report } from "./added-diagnostics.ts";
import { differenceOf, importsText, rangeOf, sourceText } from "./differences.ts";

// asc's enums are const enums, which only its own build can name.
const functionPrototype = 4;
const classPrototype = 6;
const abstractFlag = 128;
const privateOrProtected = 512 | 1024;
const accessorFlags = 2048 | 4096;

/**
 * Compares the classes that the author exports with the resources that the world does. Reports one error for each
 * class that is missing or can't be used, and for each member that is missing or has other types; returns whether
 * all are right.
 */
export function checkClasses(
  program: Program,
  generated: Generated,
  entry: string,
  author: AuthorModule,
): boolean {
  const file = program.filesByName.get(entry);
  const glue = program.filesByName.get("~lib/wit-glue");
  if (!file || !glue) return false;
  let right = true;
  const complain = (message: string, range: Range | null = null) => {
    right = false;
    report(program, message, range);
  };

  const checkMember = (fn: ExpectedExport, instance: Class, name: string) => {
    const fromClass = fn.member?.kind === "static" || fn.member?.kind === "factory";
    const expected = `\n  expected: ${fn.signature}${importsText(fn)}`;
    const element = memberOf(instance, fn.name, fromClass);
    const className = instance.prototype;
    if (!element) {
      if (fn.member?.kind === "constructor" && fn.type.parameters.length === 0) return;
      const hint = hintFor(instance, fn.name, fromClass);
      complain(`${fn.label} is missing from the class ${name}.${expected}${hint}`, rangeOf(className));
      return;
    }
    if (element.kind !== functionPrototype || (element.flags & accessorFlags) !== 0) {
      complain(
        `${fn.label} must be a method of the class ${name}.${expected}`,
        rangeOf(element) ?? rangeOf(className),
      );
      return;
    }
    const prototype = element as FunctionPrototype;
    const found = `\n  found:    ${sourceText(prototype)}`;
    if (prototype.typeParameterNodes?.length) {
      complain(`${fn.label} must not be generic.${expected}${found}`, rangeOf(element));
      return;
    }
    if (element.flags & privateOrProtected) {
      complain(`${fn.label} must be public.${expected}${found}`, rangeOf(element));
      return;
    }
    const difference = differenceOf(program, glue, fn, prototype, fn.member?.kind !== "constructor");
    if (difference === "unresolved") right = false;
    else if (difference !== undefined)
      complain(`${fn.label} ${difference}.${expected}${found}`, rangeOf(element));
  };

  for (const group of generated.bindings.exports) {
    for (const owner of group.classes) {
      const members = generated.expected.filter((fn) => fn.owner === owner);
      const path = exportPath(owner.name, group, author);
      const [name, namespace] = path.split(".").reverse();
      const parent = namespace ? file.lookupExport(namespace) : undefined;
      const element: Element | null = namespace
        ? (parent?.members?.get(name!) ?? null)
        : file.lookupExport(name!);
      const expected = `\n  expected: ${classText(owner, members, namespace)}`;
      if (!element) {
        const near = nearest(name!, namespace ? [] : [...(file.exports?.keys() ?? [])]);
        const hint = near.length ? `\n  found instead: ${near.join(", ")}` : "";
        complain(
          `The world exports the resource ${owner.label}, but ${file.source.normalizedPath} has no ${path}.${expected}${hint}`,
          parent?.identifierNode?.range ?? null,
        );
        continue;
      }
      const problem = unusable(element);
      if (problem) {
        complain(`${owner.label} must be ${problem}.${expected}`, rangeOf(element));
        continue;
      }
      const instance = program.resolver.resolveClass(element as ClassPrototype, null);
      if (!instance) {
        right = false;
        continue;
      }
      if (!instance.type.isManaged) {
        complain(
          `${owner.label} must be a class that is garbage collected, not @unmanaged.${expected}`,
          rangeOf(element),
        );
        continue;
      }
      for (const fn of members) checkMember(fn, instance, path);
    }
  }
  return right;
}

function memberOf(instance: Class, name: string, fromClass: boolean): Element | null {
  return (fromClass ? instance.prototype.members?.get(name) : instance.getMember(name)) ?? null;
}

/** Static where it must not be, or the other way round; or a name that is nearly right. */
function hintFor(instance: Class, name: string, fromClass: boolean): string {
  if (memberOf(instance, name, !fromClass)) {
    return `\n  found instead: a method that ${fromClass ? "is not" : "is"} static`;
  }
  const names = fromClass ? instance.prototype.members?.keys() : instance.members?.keys();
  const near = nearest(name, [...(names ?? [])]);
  return near.length ? `\n  found instead: ${near.join(", ")}` : "";
}

function unusable(element: Element): string | undefined {
  if (element.kind !== classPrototype) return "a class";
  if ((element as ClassPrototype).typeParameterNodes?.length) return "a class that is not generic";
  return element.flags & abstractFlag ? "a class that is not abstract" : undefined;
}

/** The whole class as its author would begin it. */
function classText(
  owner: BoundClass,
  members: readonly ExpectedExport[],
  namespace: string | undefined,
): string {
  const lines = members.map(({ signature }) => `  ${signature} { … }`);
  const text = [`export class ${owner.name} {`, ...lines, "}"];
  const within = namespace
    ? [`export namespace ${namespace} {`, ...text.map((line) => `  ${line}`), "}"]
    : text;
  const origins = new Map<string, readonly string[]>();
  for (const fn of members) {
    for (const [from, names] of fn.origins)
      origins.set(from, [...new Set([...(origins.get(from) ?? []), ...names])]);
  }
  return within.join("\n            ") + importsText({ origins });
}
