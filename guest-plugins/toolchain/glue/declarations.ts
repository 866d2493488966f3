import {
  rootDefinition,
  type Structure,
  type TypeDefinition,
  type ValueType,
} from "../../../host/wit/model.ts";
import {
  type Bindings,
  type BoundModule,
  type BoundType,
  isNominal,
  typedArrayOf,
  typesModule,
  typeText,
} from "../world/bindings.ts";
import { memberFunctionName, memberName, parameterName, spellAll, staticName } from "../world/names.ts";
import { type BoundFunction, writtenParameters } from "../world/resources.ts";

/** The glue module's function for each imported function, and for each imported resource the one that drops it. */
export type GlueNames = Map<BoundFunction | TypeDefinition, string>;

/**
 * The AssemblyScript source of a module the author imports from: its classes, enums and aliases, and its functions,
 * which forward to the glue. It contains nothing of the ABI.
 */
export function moduleSource(
  module: BoundModule,
  bindings: Bindings,
  glueNames: Readonly<GlueNames>,
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
    const text = type.members
      ? handleClass(type, nameOf, glueNames)
      : declaration(type, nameOf, bindings, module.specifier);
    if (text) body.push(text);
  }
  for (const fn of module.functions) {
    const { parameters, result, call } = forwarding(fn, nameOf, glueNames);
    body.push(`export function ${fn.name}(${parameters}): ${result} {`, `  ${call};`, "}");
  }

  const head = [typesImport(body)];
  const text = body.join("\n");
  if (text.includes("glue$.")) head.push(`import * as glue$ from "wit-glue";`);
  if (text.includes("extends Handle$")) head.push(`import { Handle as Handle$ } from "${typesModule}";`);
  for (const [specifier, names] of imports) {
    const list = [...names].map(([name, alias]) => `${name} as ${alias}`);
    head.push(`import { ${list.join(", ")} } from "${specifier}";`);
  }
  return [...head, ...body, ""].join("\n");
}

/** A function's head, and the statement that calls its like in the glue. */
function forwarding(
  fn: BoundFunction,
  nameOf: (definition: TypeDefinition) => string,
  glueNames: Readonly<GlueNames>,
) {
  const written = writtenParameters(fn);
  const names = spellAll(
    written.map((p) => p.name),
    parameterName,
  );
  const args = fn.member?.kind === "method" ? ["this", ...names] : names;
  const result = fn.type.result ? typeText(fn.type.result, nameOf) : "void";
  const call = `glue$.${glueNames.get(fn)}(${args.join(", ")})`;
  return {
    parameters: written.map((p, i) => `${names[i]}: ${typeText(p.type, nameOf)}`).join(", "),
    result,
    call: result === "void" ? call : `return ${call}`,
    bareCall: call,
  };
}

/** An imported resource: its functions, and `drop`. */
function handleClass(
  { definition, name, members = [] }: BoundType,
  nameOf: (definition: TypeDefinition) => string,
  glueNames: Readonly<GlueNames>,
): string {
  const makes = members.some(({ member }) => member.kind === "constructor");
  const body = makes
    ? []
    : [
        `  private constructor() { super(0); ERROR("the resource ${definition.name} has no constructor: get a ${name} from a function"); }`,
      ];
  for (const fn of members) {
    const { parameters, result, call, bareCall } = forwarding(fn, nameOf, glueNames);
    const { kind } = fn.member;
    if (kind === "constructor") body.push(`  constructor(${parameters}) { super(${bareCall}); }`);
    else {
      const modifier = kind === "method" ? "" : "static ";
      body.push(`  ${modifier}${fn.name}(${parameters}): ${result} { ${call}; }`);
    }
  }
  body.push(`  drop(): void { glue$.${glueNames.get(definition)}(this); }`);
  return [`@final export class ${name} extends Handle$ {`, ...body, "}"].join("\n");
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
  if (body.kind === "resource") throw new TypeError(`the resource ${definition.name} has no class`);
  if (body.kind === "ref") {
    const root = rootDefinition(definition);
    if (isNominal(root.body)) {
      // Re-exported and not aliased: an alias could not be used with new, nor as an enum.
      const origin = bindings.declarationOf(root);
      if (origin.specifier !== here)
        return `export { ${origin.name} as ${name} } from "${origin.specifier}";`;
      return origin.name === name ? undefined : `export { ${origin.name} as ${name} };`;
    }
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
  const witNames = record.fields.map((field) => field.name);
  const names = spellAll(witNames, memberFunctionName);
  const parameters = spellAll(witNames, parameterName);
  const defaults = record.fields.map((f) => defaultValue(f.type, nameOf));
  // A parameter without default may not follow one that has one.
  const firstDefault = defaults.lastIndexOf(undefined) + 1;
  const head: string[] = [];
  const body: string[] = [];
  const fields = record.fields.map((field, i) => {
    const initial = i >= firstDefault ? ` = ${defaults[i]}` : "";
    const type = typeText(field.type, nameOf);
    const [own, parameter] = [names[i]!, parameters[i]!];
    if (own === parameter) return `    public ${own}: ${type}${initial},`;
    // `default` can be a field's name, but no parameter's.
    head.push(`  ${own}: ${type};`);
    body.push(`    this.${own} = ${parameter};`);
    return `    ${parameter}: ${type}${initial},`;
  });
  return [
    `export class ${name} {`,
    ...head,
    "  constructor(",
    ...fields,
    ...(body.length > 0 ? ["  ) {", ...body, "  }"] : ["  ) {}"]),
    "}",
  ].join("\n");
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
  const factories = spellAll(witNames, staticName);
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
