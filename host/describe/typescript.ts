/** Types in TypeScript of what a component exports, in the JavaScript mapping of values: `hotcell types`. */
import { propertyOfFunction, shortInterfaceNames } from "../wit/export-names.ts";
import { exportedFunctions } from "../wit/exports.ts";
import {
  type FunctionType,
  type Interface,
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
import { camelCase } from "../wit/wit-names.ts";
import { ClientNames } from "./client/client-names.ts";
import { comment, indented, propertyName, quoted } from "./client/schema-types.ts";
import { typeNames } from "./type-names.ts";

/** Parts of types that are written; others are `unknown`: what a binary brings may be written as gigabytes. */
const maxParts = 100_000;

/** Names that mean something in the file already. */
const reserved = ["Exports", "Promise", ...Object.values(typedArrays).map(({ name }) => name)];

export interface TypesOptions {
  /** Functions return promises, as those of plugins that wait do. */
  readonly async?: boolean;
}

/**
 * Module of types: `Exports`, by camelCase names and, of interfaces, by their ids and short names, and a type for each
 * definition. `from` is where the component was found.
 */
export function typesOf(world: World, from: string, options: TypesOptions = {}): string {
  return new TypesWriter(world, options).write(from);
}

class TypesWriter {
  readonly #world: World;
  readonly #async: boolean;
  readonly #names: ReadonlyMap<TypeDefinition, string>;
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
  }

  write(from: string): string {
    const head = `Types of what ${from} exports, written by hotcell types: write them anew, and change nothing here.`;
    const definitions = [...this.#names].map(([definition, name]) => this.#definition(definition, name));
    const exports = `export interface Exports {\n${this.#exports()}}\n`;
    return `${comment(head, "")}\n${[...definitions, exports].join("\n")}`;
  }

  #definition(definition: TypeDefinition, name: string): string {
    const docs = comment(this.#docsOf(definition)?.docs, "");
    if (definition.body.kind === "resource")
      return `${docs}declare const of${name}: unique symbol;\nexport interface ${name} {\n  readonly [of${name}]: never;\n}\n`;
    return `${docs}export type ${name} = ${this.#structure(resolve(definition.body), definition)};\n`;
  }

  #docsOf({ name, owner }: TypeDefinition) {
    const { docs } = this.#world;
    const scope = owner.interface === undefined ? docs : docs?.interfaces.get(owner.interface);
    return scope?.types.get(name);
  }

  #exports(): string {
    const { exports, docs } = this.#world;
    const short = shortInterfaceNames(this.#world);
    return exports
      .map((item) => {
        if (item.kind === "type") return "";
        if (item.kind === "function") return this.#function(item.name, item.type, docs, "  ");
        const body = this.#interface(item.interface, docs?.interfaces.get(item.name));
        const alias = short.get(item.name);
        const told = comment(docs?.interfaces.get(item.name)?.docs, "  ");
        const whole = `${told}  readonly ${propertyName(item.name)}: ${body};\n`;
        return alias === undefined
          ? whole
          : `${whole}  readonly ${propertyName(alias)}: Exports[${quoted(item.name)}];\n`;
      })
      .join("");
  }

  #interface({ items }: Interface, docs: InterfaceDocs | undefined): string {
    const members = items.flatMap((item) =>
      item.kind === "function" ? [this.#function(item.name, item.type, docs, "    ")] : [],
    );
    return `{\n${members.join("")}  }`;
  }

  #function(name: string, type: FunctionType, docs: InterfaceDocs | undefined, indent: string): string {
    const fails = type.result && resolve(type.result);
    const throws =
      fails?.kind === "result"
        ? `@throws ComponentError, whose payload is ${fails.err ? `the ${this.#type(fails.err)}` : "undefined"}.`
        : "";
    const told = [docs?.functions.get(name), `WIT: ${writtenOut(type)}`, throws].filter(Boolean).join("\n");
    const parameters = type.parameters.map(
      (parameter, i) => `${parameterName(parameter.name, i)}: ${this.#type(parameter.type)}`,
    );
    const result = this.#result(type.result);
    const returned = this.#async ? `Promise<${result}>` : result;
    const key = propertyName(propertyOfFunction(name));
    return `${comment(told, indent)}${indent}readonly ${key}: (${parameters.join(", ")}) => ${returned};\n`;
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
