/** Types in TypeScript of what a component exports, in the JavaScript mapping of values: `hotcell types`. */
import {
  exportedResource,
  exportMembers,
  type ResourceMember,
  shortInterfaceNames,
} from "../wit/export-names.ts";
import { exportedFunctions } from "../wit/exports.ts";
import {
  type FunctionType,
  functionsIn,
  type InterfaceDocs,
  resolve,
  rootDefinition,
  type Structure,
  type TypeDefinition,
  type ValueType,
  type World,
} from "../wit/model.ts";
import { structuresOf } from "../wit/structures.ts";
import { writtenOut } from "../wit/text/brief.ts";
import { isNullable, isNumeric, resultCases, typedArrays } from "../wit/values/mapping.ts";
import { camelCase, parseFunctionName } from "../wit/wit-names.ts";
import { ClientNames } from "./client/client-names.ts";
import { comment, indented, propertyName, quoted } from "./client/schema-types.ts";
import { typeNames } from "./type-names.ts";

/** Parts of types that are written; others are `unknown`: what a binary brings may be written as gigabytes. */
const maxParts = 100_000;

/** Names that mean something in the file already. */
const reserved = ["Disposable", "Exports", "Promise", ...Object.values(typedArrays).map(({ name }) => name)];

export interface TypesOptions {
  /** Functions return promises, as those of plugins that wait do. */
  readonly async?: boolean;
}

/**
 * Module of types: `Exports`, by camelCase names and, of interfaces, by their ids and short names, with classes for resources,
 * and a type for each definition. `from` is where the component was found.
 */
export function typesOf(world: World, from: string, options: TypesOptions = {}): string {
  return new TypesWriter(world, options).write(from);
}

interface NamedFunction {
  readonly name: string;
  readonly type: FunctionType;
}

class TypesWriter {
  readonly #world: World;
  readonly #async: boolean;
  readonly #names: ReadonlyMap<TypeDefinition, string>;
  readonly #methods = new Map<TypeDefinition, ResourceMember<NamedFunction>["methods"]>();
  #left = maxParts;

  constructor(world: World, { async = false }: TypesOptions) {
    this.#world = world;
    this.#async = async;
    const types = exportedFunctions(world).flatMap(({ type: { parameters, result } }) => [
      ...parameters.map(({ type }) => type),
      ...(result ? [result] : []),
    ]);
    const names = new ClientNames();
    for (const name of reserved) names.type(name);
    const resources = [...structuresOf(types)].flatMap((each) =>
      each.kind === "own" || each.kind === "borrow" ? [rootDefinition(each.resource)] : [],
    );
    const named = new Map([
      ...[...new Set(resources)].map((each) => [each, each.name] as const),
      ...typeNames(types),
    ]);
    const definitions = [...named].sort(([, a], [, b]) => (a < b ? -1 : 1));
    this.#names = new Map(definitions.map(([definition, name]) => [definition, names.type(name)]));
    for (const [owner, functions] of Map.groupBy(exportedFunctions(world), (each) => each.interface))
      for (const member of exportMembers(functions)) {
        const definition = member.kind === "resource" && exportedResource(world, owner, member.name);
        if (definition) this.#methods.set(definition, member.methods);
      }
  }

  write(from: string): string {
    const head = `Types of what ${from} exports, written by hotcell types: write them anew, and change nothing here.`;
    const definitions = [...this.#names].map(([definition, name]) => this.#definition(definition, name));
    const exports = `export interface Exports {\n${this.#exports()}}\n`;
    return `${comment(head, "")}\n${[...definitions, exports].join("\n")}`;
  }

  #definition(definition: TypeDefinition, name: string): string {
    const docs = comment(this.#docsOf(definition)?.docs, "");
    if (definition.body.kind === "resource") return `${docs}${this.#resource(definition, name)}`;
    return `${docs}export type ${name} = ${this.#structure(resolve(definition.body), definition)};\n`;
  }

  /** Objects of a resource: of its class where it is the plugin's own. */
  #resource(definition: TypeDefinition, name: string): string {
    const { owner } = definition;
    const docs =
      owner.interface === undefined ? this.#world.docs : this.#world.docs?.interfaces.get(owner.interface);
    const own = owner.direction === "export";
    const methods = [...(this.#methods.get(definition) ?? [])].map(([property, found]) =>
      this.#callable(property, found, docs, { indent: "  ", skip: 1 }),
    );
    return (
      `declare const of${name}: unique symbol;\n` +
      `export interface ${name}${own ? " extends Disposable" : ""} {\n  readonly [of${name}]: never;\n${methods.join("")}}\n`
    );
  }

  #docsOf({ name, owner }: TypeDefinition) {
    const { docs } = this.#world;
    const scope = owner.interface === undefined ? docs : docs?.interfaces.get(owner.interface);
    return scope?.types.get(name);
  }

  #exports(): string {
    const { exports, docs } = this.#world;
    const short = shortInterfaceNames(this.#world);
    const root = exportedFunctions(this.#world).filter((each) => each.interface === undefined);
    const interfaces = exports.map((item) => {
      if (item.kind !== "interface") return "";
      const own = docs?.interfaces.get(item.name);
      const body = `{\n${this.#members(functionsIn(item.interface), item.name, own, "    ")}  }`;
      const alias = short.get(item.name);
      const whole = `${comment(own?.docs, "  ")}  readonly ${propertyName(item.name)}: ${body};\n`;
      return alias === undefined
        ? whole
        : `${whole}  readonly ${propertyName(alias)}: Exports[${quoted(item.name)}];\n`;
    });
    return `${this.#members(root, undefined, docs, "  ")}${interfaces.join("")}`;
  }

  #members(
    functions: readonly NamedFunction[],
    owner: string | undefined,
    docs: InterfaceDocs | undefined,
    indent: string,
  ): string {
    const members = exportMembers(functions).map((member) => {
      if (member.kind === "function")
        return this.#callable(member.property, member.function, docs, { indent });
      const definition = exportedResource(this.#world, owner, member.name);
      const type = (definition && this.#names.get(definition)) ?? "object";
      const inner = { indent: `${indent}  ` };
      const { constructs, statics } = member;
      const lines = [
        ...(constructs ? [this.#callable("new", constructs, docs, inner)] : []),
        `${inner.indent}readonly prototype: ${type};\n`,
        ...[...statics].map(([property, found]) => this.#callable(property, found, docs, inner)),
      ];
      return `${indent}readonly ${propertyName(member.property)}: {\n${lines.join("")}${indent}};\n`;
    });
    return members.join("");
  }

  /** `new` is how a class is called; `skip` parameters are what it is called on. */
  #callable(
    property: string,
    { name, type }: NamedFunction,
    docs: InterfaceDocs | undefined,
    { indent, skip = 0 }: { readonly indent: string; readonly skip?: number },
  ): string {
    const fails = type.result && resolve(type.result);
    const throws =
      fails?.kind === "result"
        ? `@throws ComponentError, whose payload is ${fails.err ? `the ${this.#type(fails.err)}` : "undefined"}.`
        : "";
    const told = [docs?.functions.get(name), `WIT: ${writtenOut(type)}`, throws].filter(Boolean).join("\n");
    const parameters = type.parameters
      .slice(skip)
      .map((parameter, i) => `${parameterName(parameter.name, i)}: ${this.#type(parameter.type)}`);
    const result = this.#result(type.result);
    const returned = this.#async ? `Promise<${result}>` : result;
    const head = `${comment(told, indent)}${indent}`;
    if (parseFunctionName(name).kind === "constructor")
      return `${head}new (${parameters.join(", ")}): ${returned};\n`;
    return `${head}readonly ${propertyName(property)}: (${parameters.join(", ")}) => ${returned};\n`;
  }

  #result(type: ValueType | undefined): string {
    const structure = type && resolve(type);
    if (!structure) return "void";
    // The ok part is returned, the error is thrown.
    if (structure.kind === "result") return structure.ok ? this.#type(structure.ok) : "void";
    return this.#type(type!);
  }

  #type(type: ValueType): string {
    if (--this.#left < 0) return "unknown";
    const name = type.kind === "ref" ? this.#names.get(rootDefinition(type.target)) : undefined;
    return name ?? this.#structure(resolve(type));
  }

  #structure(type: Structure, definition?: TypeDefinition): string {
    const docs = definition && this.#docsOf(definition)?.items;
    const member = (name: string, typed: string) =>
      `${comment(docs?.get(name), "  ")}  readonly ${propertyName(camelCase(name))}${indented(typed)};\n`;
    switch (type.kind) {
      case "bool":
        return "boolean";
      case "u64":
      case "s64":
        return "bigint";
      case "string":
      case "char":
        return "string";
      case "list": {
        const { kind } = resolve(type.element);
        return isNumeric(kind) ? typedArrays[kind].name : `ReadonlyArray<${this.#type(type.element)}>`;
      }
      case "tuple":
        return `readonly [${type.elements.map((each) => this.#type(each)).join(", ")}]`;
      case "record": {
        const fields = type.fields.map(({ name, type: field }) => {
          const optional = isOptional(field);
          return member(name, `${optional ? "?" : ""}: ${this.#type(field)}`);
        });
        return `{\n${fields.join("")}}`;
      }
      case "flags":
        return `{\n${type.names.map((name) => member(name, ": boolean")).join("")}}`;
      case "variant":
        return this.#cases(type.cases);
      case "result":
        return this.#cases(resultCases(type));
      case "option":
        return isNullable(type)
          ? `${this.#type(type.some)} | undefined`
          : this.#cases([{ name: "none" }, { name: "some", type: type.some }]);
      case "enum":
        return type.names.map(quoted).join(" | ") || "never";
      case "own":
      case "borrow":
        return this.#names.get(rootDefinition(type.resource)) ?? "object";
      default:
        return "number";
    }
  }

  #cases(cases: readonly { readonly name: string; readonly type?: ValueType }[]): string {
    const written = cases.map(({ name, type }) =>
      type
        ? `{ readonly tag: ${quoted(name)}; readonly val: ${this.#type(type)} }`
        : `{ readonly tag: ${quoted(name)}; readonly val?: undefined }`,
    );
    return written.join(" | ") || "never";
  }
}

/** Words that can't name a parameter. */
const words = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally " +
    "for function if implements import in instanceof interface let new null package private protected public return static super " +
    "switch this throw true try typeof var void while with yield"
  ).split(" "),
);

function parameterName(name: string, index: number): string {
  const own = camelCase(name);
  if (!/^[A-Za-z]\w*$/.test(own)) return `p${index}`;
  return words.has(own) ? `${own}_` : own;
}

function isOptional(type: ValueType): boolean {
  const structure = resolve(type);
  return structure.kind === "option" && isNullable(structure);
}
