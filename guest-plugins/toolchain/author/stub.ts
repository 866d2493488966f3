import type { NamedValue, Structure, TypeDefinition, ValueType, World } from "../../../host/wit/model.ts";
import { resolve, resourceOf, rootDefinition } from "../../../host/wit/model.ts";
import {
  type Bindings,
  type BoundClass,
  type BoundExports,
  bindWorld,
  typedArrayOf,
  typesModule,
  typeText,
} from "../world/bindings.ts";
import { memberName, NameScope, parameterName, spellAll, staticName } from "../world/names.ts";
import { type BoundFunction, writtenParameters } from "../world/resources.ts";
import { isSimple, simplestCase } from "./simple-value.ts";

export interface StubOptions {
  /** Mention every imported function, so that the component imports it, without ever calling it. */
  readonly useImports?: boolean;
}

/**
 * The AssemblyScript source of a plugin that exports everything a world asks for: a beginning for authors. Each
 * function returns the simplest value of its type (zero, empty, none, the first case), or throws where there is none, or one of
 * very many parts.
 */
export function stubPlugin(world: World, { useImports = false }: StubOptions = {}): string {
  const bindings = bindWorld(world);
  const stub = new Stub(bindings);
  const body = bindings.exports.flatMap((group) => stub.exported(group));
  if (useImports) body.push(...stub.uses());
  return `${[...stub.imports(body), ...(body.length ? body : ["export {};"])].join("\n").trimEnd()}\n`;
}

function indent(line: string): string {
  return line && `  ${line}`;
}

/** The names of one source file, and the text that uses them. */
class Stub {
  readonly #bindings: Bindings;
  readonly #names = new NameScope();
  /** Module → its name for a type → ours. */
  readonly #types = new Map<string, Map<string, string>>();
  readonly #modules = new Map<string, string>();
  /** The classes of exported resources, and what they are called here. */
  readonly #classes = new Map<TypeDefinition, { readonly path: string; readonly owner: BoundClass }>();
  /** The constructors of imported resources; undefined for one that has none. */
  readonly #constructors = new Map<TypeDefinition, BoundFunction | undefined>();
  /** Resources that the value being written consists of. */
  readonly #within = new Set<TypeDefinition>();
  #impossible = false;

  constructor(bindings: Bindings) {
    this.#bindings = bindings;
    const taken = new Set<string>();
    for (const { ambiguous, namespace, classes, functions } of bindings.exports) {
      for (const { name } of [...classes, ...functions]) taken.add(ambiguous ? namespace! : name);
      for (const owner of classes) {
        const path = ambiguous ? `${namespace}.${owner.name}` : owner.name;
        this.#classes.set(owner.resource, { path, owner });
      }
    }
    for (const name of taken) this.#names.claim(name);
    for (const { definition, members } of bindings.modules.flatMap((module) => module.types)) {
      if (members)
        this.#constructors.set(
          definition,
          members.find(({ member }) => member.kind === "constructor"),
        );
    }
  }

  imports(body: readonly string[]): string[] {
    const supporting = new Set(body.join("\n").match(/\b(?:Option|Result|Unit|Tuple\d+)\b/g));
    const lines = supporting.size ? [`import { ${[...supporting].join(", ")} } from "${typesModule}";`] : [];
    for (const [specifier, names] of this.#types) {
      const list = [...names].map(([name, ours]) => (name === ours ? name : `${name} as ${ours}`));
      lines.push(`import { ${list.join(", ")} } from "${specifier}";`);
    }
    for (const [specifier, name] of this.#modules) lines.push(`import * as ${name} from "${specifier}";`);
    return lines.length ? [...lines, ""] : lines;
  }

  exported({ ambiguous, namespace, classes, functions }: BoundExports): string[] {
    const items = [
      ...classes.map((owner) => this.#class(owner)),
      ...functions.map((fn) => this.#function("export function ", fn)),
    ].flatMap((lines) => [...lines, ""]);
    if (!ambiguous || items.length === 0) return items;
    return [`export namespace ${namespace} {`, ...items.slice(0, -1).map(indent), "}", ""];
  }

  #class({ name, members }: BoundClass): string[] {
    const body = members.flatMap((fn) => {
      const { kind } = fn.member;
      return this.#function(kind === "static" || kind === "factory" ? "static " : "", fn);
    });
    return body.length ? [`export class ${name} {`, ...body.map(indent), "}"] : [`export class ${name} {}`];
  }

  #function(modifier: string, fn: BoundFunction): string[] {
    const written = writtenParameters(fn);
    const names = spellAll(
      written.map((p) => p.name),
      parameterName,
    );
    const parameters = written.map((p, i) => `${names[i]}: ${this.#text(p.type)}`);
    const head = `${modifier}${fn.name}(${parameters.join(", ")})`;
    if (fn.member?.kind === "constructor") return [`${head} {}`];
    const { result } = fn.type;
    if (!result) return [`${head}: void {}`];
    this.#impossible = !isSimple(result);
    const value = this.#impossible ? "" : this.#value(result);
    const end = this.#impossible
      ? `throw new Error("${fn.name} is still to be written");`
      : `return ${value};`;
    return [`${head}: ${this.#text(result)} {`, `  ${end}`, "}"];
  }

  /** Calls of all imported functions, where no run can come but the compiler does not know it. */
  uses(): string[] {
    const calls = this.#bindings.modules.flatMap(({ specifier, types, functions }) => {
      const members = types.flatMap((type) => type.members ?? []);
      if (members.length + functions.length === 0) return [];
      const calls = members.map((fn) => this.#memberCall(fn));
      if (functions.length === 0) return calls;
      const module = this.#names.claim("imported");
      this.#modules.set(specifier, module);
      return [
        ...calls,
        ...functions.map((fn) => `${module}.${fn.name}(${this.#values(fn.type.parameters)});`),
      ];
    });
    // No memory has more pages.
    return calls.length ? ["if (memory.size() > 65536) {", ...calls.map(indent), "}"] : [];
  }

  #memberCall(fn: BoundFunction): string {
    const { kind, resource } = fn.member!;
    const name = this.#nameOf(resource);
    const values = this.#values(writtenParameters(fn));
    if (kind === "constructor") return `new ${name}(${values});`;
    return kind === "method"
      ? `changetype<${name}>(0).${fn.name}(${values});`
      : `${name}.${fn.name}(${values});`;
  }

  readonly #nameOf = (definition: TypeDefinition): string => {
    const authored = this.#classes.get(rootDefinition(definition));
    if (authored) return authored.path;
    const { specifier, name } = this.#bindings.declarationOf(definition);
    const names = this.#types.get(specifier) ?? new Map<string, string>();
    this.#types.set(specifier, names);
    const ours = names.get(name) ?? this.#names.claim(name);
    names.set(name, ours);
    return ours;
  };

  #text(type: ValueType): string {
    return typeText(type, this.#nameOf);
  }

  #values(parameters: readonly NamedValue[]): string {
    return parameters.map(({ type }) => this.#value(type)).join(", ");
  }

  /** An expression of the type, the simplest there is; sets `#impossible` where that is no value to have. */
  #value(type: ValueType): string {
    const structure = resolve(type);
    switch (structure.kind) {
      case "bool":
        return "false";
      case "string":
        return '""';
      case "list": {
        const { length, element } = structure;
        const text = this.#text(structure);
        if (length === undefined || typedArrayOf(element)) return `new ${text}(${length ?? 0})`;
        return `[${Array.from({ length }, () => this.#value(element)).join(", ")}]`;
      }
      case "tuple":
        return `new ${this.#text(structure)}(${structure.elements.map((e) => this.#value(e)).join(", ")})`;
      case "record":
        return `new ${this.#text(type)}(${this.#values(structure.fields)})`;
      case "enum":
        return `${this.#text(type)}.${spellAll(structure.names, memberName)[0]}`;
      case "flags":
        return `<${this.#text(type)}>0`;
      case "variant":
        return this.#variant(structure, this.#text(type));
      case "option":
        return this.#text(structure).endsWith(" | null")
          ? "null"
          : `Option.none<${this.#text(structure.some)}>()`;
      case "result": {
        const ok = structure.ok ? this.#text(structure.ok) : "Unit";
        const err = structure.err ? this.#text(structure.err) : "Unit";
        return `Result.ok<${ok}, ${err}>(${structure.ok ? this.#value(structure.ok) : ""})`;
      }
      case "own":
      case "borrow":
        return this.#resource(resourceOf(structure));
      default:
        return "0";
    }
  }

  #variant({ cases }: Structure & { kind: "variant" }, name: string): string {
    const factories = spellAll(
      cases.map((c) => c.name),
      staticName,
    );
    const { one, index } = simplestCase(cases);
    return `${name}.${factories[index]}(${one.type ? this.#value(one.type) : ""})`;
  }

  #resource(resource: TypeDefinition): string {
    const name = this.#nameOf(resource);
    const members = this.#classes.get(resource)?.owner.members;
    const maker = members
      ? members.find(({ member }) => member.kind === "constructor")
      : this.#constructors.get(resource);
    if (this.#within.has(resource) || !(maker || members)) {
      this.#impossible = true;
      return `changetype<${name}>(0)`;
    }
    this.#within.add(resource);
    const value = `new ${name}(${maker ? this.#values(maker.type.parameters) : ""})`;
    this.#within.delete(resource);
    return value;
  }
}
