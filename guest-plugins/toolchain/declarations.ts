import { rootDefinition, type Structure, type TypeDefinition, type ValueType } from "../../host/wit/types.ts";
import {
  type Bindings,
  type BoundModule,
  type BoundType,
  isNominal,
  typedArrayOf,
  typesModule,
  typeText,
} from "./bindings.ts";
import { memberName, spellAll, valueName } from "./names.ts";

/** Where an imported function is implemented: the function of that name in the glue module. */
export interface Forwarded {
  readonly name: string;
  readonly glue: string;
}

/**
 * The AssemblyScript source of a module the author imports from: its classes, enums and aliases, and its functions,
 * which forward to the glue. It contains nothing of the ABI.
 */
export function moduleSource(
  module: BoundModule,
  bindings: Bindings,
  forwarded: readonly Forwarded[],
): string {
  const imports = new Map<string, Map<string, string>>();
  let aliases = 0;
  const nameOf = (definition: TypeDefinition): string => {
    const { specifier, name } = bindings.declarationOf(definition);
    if (specifier === module.specifier) return name;
    const names = imports.get(specifier) ?? new Map<string, string>();
    imports.set(specifier, names);
    const alias = names.get(name) ?? `${name}$${aliases++}`;
    names.set(name, alias);
    return alias;
  };

  const body: string[] = [];
  for (const type of module.types) {
    const text = declaration(type, nameOf, bindings, module.specifier);
    if (text) body.push(text);
  }
  for (const fn of module.functions) {
    const target = forwarded.find((f) => f.name === fn.name);
    if (!target) continue;
    const names = spellAll(
      fn.type.parameters.map((p) => p.name),
      valueName,
    );
    const parameters = fn.type.parameters.map((p, i) => `${names[i]}: ${typeText(p.type, nameOf)}`);
    const result = fn.type.result ? typeText(fn.type.result, nameOf) : "void";
    body.push(
      `export function ${fn.name}(${parameters.join(", ")}): ${result} {`,
      `  ${result === "void" ? "" : "return "}glue.${target.glue}(${names.join(", ")});`,
      "}",
    );
  }

  const head = [typesImport(body)];
  if (forwarded.length) head.push(`import * as glue from "wit-glue";`);
  for (const [specifier, names] of imports) {
    const list = [...names].map(([name, alias]) => `${name} as ${alias}`);
    head.push(`import { ${list.join(", ")} } from "${specifier}";`);
  }
  return [...head, ...body, ""].join("\n");
}

/** Imports the supporting types, and of the tuples those that a text names. */
export function typesImport(text: readonly string[]): string {
  const tuples = new Set(text.join("\n").match(/\bTuple\d+(?=<)/g));
  return `import { ${["Option", "Result", "Unit", ...tuples].join(", ")} } from "${typesModule}";`;
}

function declaration(
  { definition, name, tagName }: BoundType,
  nameOf: (definition: TypeDefinition) => string,
  bindings: Bindings,
  here: string,
): string | undefined {
  const { body } = definition;
  if (body.kind === "resource") return undefined;
  if (body.kind === "ref") {
    const root = rootDefinition(definition);
    if (isNominal(root.body)) {
      // Re-exported and not aliased: an alias could not be used with new, nor as an enum.
      const origin = bindings.declarationOf(root);
      if (origin.specifier !== here)
        return `export { ${origin.name} as ${name} } from "${origin.specifier}";`;
      return origin.name === name ? undefined : `export { ${origin.name} as ${name} };`;
    }
    if (root.body.kind === "resource") return undefined;
  }
  switch (body.kind) {
    case "record":
      return recordClass(name, body, nameOf);
    case "variant":
      return variantClass(name, tagName!, body, nameOf);
    case "enum":
      return enumeration(name, spellAll(body.names, memberName));
    case "flags":
      return flagsEnum(name, body.names);
    default:
      return `export type ${name} = ${typeText(body, nameOf)};`;
  }
}

function recordClass(
  name: string,
  record: Structure & { kind: "record" },
  nameOf: (definition: TypeDefinition) => string,
): string {
  const names = spellAll(
    record.fields.map((f) => f.name),
    valueName,
  );
  const defaults = record.fields.map((f) => defaultValue(f.type, nameOf));
  // A parameter without default may not follow one that has one.
  const firstDefault = defaults.lastIndexOf(undefined) + 1;
  const fields = record.fields.map((field, i) => {
    const initial = i >= firstDefault ? ` = ${defaults[i]}` : "";
    return `    public ${names[i]}: ${typeText(field.type, nameOf)}${initial},`;
  });
  return [`export class ${name} {`, "  constructor(", ...fields, "  ) {}", "}"].join("\n");
}

function defaultValue(type: ValueType, nameOf: (definition: TypeDefinition) => string): string | undefined {
  const text = typeText(type, nameOf);
  const body = type.kind === "ref" ? rootDefinition(type.target).body : type;
  switch (body.kind) {
    case "bool":
      return "false";
    case "string":
      return '""';
    case "list":
      if (body.length !== undefined) return undefined;
      return typedArrayOf(body.element) ? `new ${text}(0)` : "[]";
    case "option":
      return text.endsWith(" | null") ? "null" : `Option.none<${typeText(body.some, nameOf)}>()`;
    case "record":
      return body.fields.every((f) => defaultValue(f.type, nameOf) !== undefined)
        ? `new ${text}()`
        : undefined;
    case "tuple": {
      const parts = body.elements.map((e) => defaultValue(e, nameOf));
      return parts.includes(undefined) ? undefined : `new ${text}(${parts.join(", ")})`;
    }
    case "variant":
    case "result":
    case "own":
    case "borrow":
    case "resource":
    case "ref":
      return undefined;
    default:
      return "0";
  }
}

function enumeration(name: string, members: readonly string[]): string {
  return `export enum ${name} {\n${members.map((member) => `  ${member},`).join("\n")}\n}`;
}

function flagsEnum(name: string, names: readonly string[]): string {
  const members = spellAll(names, memberName).map((member, i) => `  ${member} = ${(1 << i) | 0},`);
  return `export enum ${name} {\n${members.join("\n")}\n}`;
}

function variantClass(
  name: string,
  tagName: string,
  variant: Structure & { kind: "variant" },
  nameOf: (definition: TypeDefinition) => string,
): string {
  const witNames = variant.cases.map((c) => c.name);
  const factories = spellAll(witNames, valueName);
  const suffixes = spellAll(witNames, memberName);
  const body: string[] = [];
  const payloads: string[] = [];
  for (const [i, { type }] of variant.cases.entries()) {
    const suffix = suffixes[i]!;
    const payload = type && typeText(type, nameOf);
    const holder = `${name}$${suffix}`;
    body.push(
      payload
        ? `  static ${factories[i]}(value: ${payload}): ${name} { return new ${holder}(value); }`
        : `  static ${factories[i]}(): ${name} { return new ${name}(${i}); }`,
      `  get is${suffix}(): bool { return this.tag == ${i}; }`,
    );
    if (!payload) continue;
    body.push(
      `  /** The payload; traps when it is another case. */`,
      `  as${suffix}(): ${payload} {`,
      `    assert(this.tag == ${i}, "the ${name} is not ${witNames[i]}");`,
      `    return changetype<${holder}>(this).value;`,
      "  }",
    );
    payloads.push(
      `class ${holder} extends ${name} { constructor(readonly value: ${payload}) { super(${i}); } }`,
    );
  }
  return [
    enumeration(tagName, suffixes),
    `export class ${name} {`,
    `  protected constructor(readonly tag: ${tagName}) {}`,
    ...body,
    "}",
    ...payloads,
  ].join("\n");
}
