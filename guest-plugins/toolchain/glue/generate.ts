import type { TypeDefinition, ValueType, World } from "../../../host/wit/model.ts";
import { rootDefinition } from "../../../host/wit/model.ts";
import {
  authorModule,
  type Bindings,
  type BoundClass,
  type BoundExports,
  bindWorld,
  typesModule,
  typeText,
} from "../world/bindings.ts";
import { parameterName, spellAll } from "../world/names.ts";
import { type BoundFunction, resourceModule, writtenParameters } from "../world/resources.ts";
import { abortExport } from "./abort.ts";
import { type GlueNames, moduleSource, typesImport } from "./declarations.ts";
import { Emitter } from "./emit.ts";
import { bareHandle, destructorText, Handles } from "./handle-glue.ts";
import { type GlueFunctionPlan, Planner } from "./instructions.ts";
import { type RuntimeOptions, runtimeSource, typesSource } from "./runtime.ts";

/** A function the author has to export. */
export interface ExpectedExport extends BoundFunction {
  readonly group: BoundExports;
  /** The class whose member it is. */
  readonly owner?: BoundClass;
  /** `getTime(zone: string): string`, as the author would write it. */
  readonly signature: string;
  /** Module → the names in the signature that are imported from it. */
  readonly origins: ReadonlyMap<string, readonly string[]>;
  /** The function in the glue module that is declared with the very types. */
  readonly declaredAs: string;
}

interface ModuleSource {
  /** Name by which it is imported: `wasi:clocks/wall-clock@0.2.0`. */
  readonly specifier: string;
  readonly text: string;
}

export interface Generated {
  readonly bindings: Bindings;
  /** Every module that is the same whatever the author wrote. */
  readonly modules: readonly ModuleSource[];
  readonly expected: readonly ExpectedExport[];
  /** Core modules and functions the result may import: anything else is a leftover. */
  readonly imports: readonly string[];
  /** The text of the module `wit-author`, where the author writes any class for an exported resource. */
  authorModule(entrySpecifier: string, author: AuthorModule): string | undefined;
  /** The module that exports what the component's core module must, given how the author's is written. */
  exportsModule(author: AuthorModule): ExportsModule;
}

export interface AuthorModule {
  /** Relative specifier of the entry file, from beside it. */
  readonly specifier: string;
  /** Namespaces that it exports. */
  readonly namespaces: ReadonlySet<string>;
  /** Names that it exports, those of an `export *` aside. */
  readonly names: ReadonlySet<string>;
  /** True where it has an `export default`: an object whose methods are the functions that it does not export. */
  readonly hasDefault: boolean;
}

interface ExportsModule {
  readonly text: string;
  /** Names in the text → names in the core module, which no AssemblyScript identifier could be. */
  readonly exports: ReadonlyMap<string, string>;
}

/** Imported by generated modules only. */
export const glueModule = "wit-glue";

/** The AssemblyScript sources that turn plain functions into the world's. */
export function generate(world: World, options: Pick<RuntimeOptions, "torture" | "adopter">): Generated {
  const bindings = bindWorld(world);
  const aliases = new Map<TypeDefinition, TypeAlias>();
  const aliasOf = (definition: TypeDefinition): string => {
    const root = rootDefinition(definition);
    let found = aliases.get(root);
    if (!found) {
      const { name, specifier } = bindings.declarationOf(root);
      found = { alias: `${name}$${aliases.size}`, name, specifier };
      aliases.set(root, found);
    }
    return found.alias;
  };
  const handles = new Handles(aliasOf);
  const planner = new Planner(aliasOf, (type) => handles.plan(type));
  const emitter = new Emitter();
  const glue: string[] = [];
  const sizes = { resultBytes: 0, parameterBytes: 0 };
  const measure = (plan: GlueFunctionPlan, context: "import" | "export") => {
    sizes.resultBytes = Math.max(sizes.resultBytes, plan.resultBytes);
    if (context === "import") sizes.parameterBytes = Math.max(sizes.parameterBytes, plan.parameterBytes);
    return plan;
  };

  // Imports: an external declaration and the function that lowers, calls and lifts, for each.
  const glueNames: GlueNames = new Map();
  let count = 0;
  for (const module of bindings.modules) {
    const members = module.types.flatMap((type) => type.members ?? []);
    for (const fn of [...members, ...module.functions]) {
      const lowered = measure(planner.function(fn.type, "lower"), "import");
      // A constructor's handle is for the object that is being constructed.
      const plan = fn.member?.kind === "constructor" ? { ...lowered, result: bareHandle } : lowered;
      const id = count++;
      const core = plan.core.parameters.map((type, i) => `a${i}: ${type}`).join(", ");
      // Not under the author's names, which could be those of the glue's own functions.
      const names = plan.parameters.map((_, i) => `v${i}`);
      const parameters = plan.parameters.map((parameter, i) => `${names[i]}: ${parameter.plan.as}`);
      glue.push(
        `@external("${module.core}", "${fn.wit}") declare function import${id}(${core}): ${plan.core.results[0] ?? "void"};`,
        `export function call${id}(${parameters.join(", ")}): ${plan.result?.as ?? "void"} {`,
        ...emitter.imported(plan, names, `import${id}`).map((line) => `  ${line}`),
        "}",
      );
      glueNames.set(fn, `call${id}`);
    }
    for (const { definition, members } of module.types) {
      if (members) glueNames.set(definition, handles.dropOf(definition));
    }
  }
  emitter.takeUsed();

  // Exports: what is expected, and the body that lifts, calls and lowers, for each.
  const expected: ExpectedExport[] = [];
  const plans: GlueFunctionPlan[] = [];
  for (const group of bindings.exports) {
    const add = (fn: BoundFunction, owner?: BoundClass) => {
      const declaredAs = `expected${expected.length}`;
      glue.push(`declare function ${declaredAs}${signatureText(fn, aliasOf)};`);
      expected.push({ ...fn, group, ...(owner && { owner }), declaredAs, ...describe(fn, bindings) });
      plans.push(measure(planner.function(fn.type, "lift"), "export"));
    };
    for (const owner of group.classes) for (const fn of owner.members) add(fn, owner);
    for (const fn of group.functions) add(fn);
  }
  const authored = bindings.exports.flatMap((group) => group.classes.map((owner) => ({ group, owner })));
  // A resource that no function mentions has a destructor too.
  for (const { owner } of authored) handles.plan({ kind: "own", resource: owner.resource });
  // Printing a body makes the helpers it needs; so once now, before the glue is complete.
  const bodies = (author: AuthorModule) =>
    expected.map((fn, i) => emitter.exported(plans[i]!, callText(fn, author)));
  bodies({ specifier: "", namespaces: new Set(), names: new Set(), hasDefault: false });
  emitter.takeUsed();

  const glueText = [
    typesImport([...emitter.helpers, ...glue]),
    ...typeImports(aliases.values()),
    runtimeSource({ ...sizes, torture: options.torture, adopter: options.adopter }),
    ...handles.source,
    ...emitter.helpers,
    ...glue,
    "",
  ].join("\n");

  return {
    bindings,
    expected,
    imports: [
      ...bindings.modules.map((module) => module.core),
      ...authored.map(({ owner }) => resourceModule(owner.resource)),
    ],
    modules: [
      { specifier: typesModule, text: typesSource(tupleSizes(world)) },
      { specifier: glueModule, text: glueText },
      ...bindings.modules.map((module) => ({
        specifier: module.specifier,
        text: moduleSource(module, bindings, glueNames),
      })),
    ],
    authorModule(entrySpecifier, author) {
      if (authored.length === 0) return undefined;
      return [
        `import * as author from "${entrySpecifier}";`,
        ...authored.map(
          ({ owner, group }) =>
            `export type ${owner.alias} = author.${exportPath(owner.name, group, author)};`,
        ),
        "",
      ].join("\n");
    },
    exportsModule(author) {
      const text: string[] = [];
      const names = new Map([
        ["cabiRealloc", "cabi_realloc"],
        ["abortArea", abortExport],
      ]);
      for (const [i, body] of bodies(author).entries()) {
        const { core, postReturn } = plans[i]!;
        const fn = expected[i]!;
        const parameters = core.parameters.map((type, at) => `a${at}: ${type}`).join(", ");
        const result = core.indirectResult ? "usize" : (core.results[0] ?? "void");
        text.push(
          `export function export${i}(${parameters}): ${result} {`,
          ...body.map((l) => `  ${l}`),
          "}",
        );
        names.set(`export${i}`, fn.group.prefix + fn.wit);
        if (!postReturn) continue;
        text.push(`export function post${i}(result: usize): void { settle(); }`);
        names.set(`post${i}`, `cabi_post_${fn.group.prefix}${fn.wit}`);
      }
      for (const [i, { owner, group }] of authored.entries()) {
        const hasOwn = owner.members.some(({ name }) => name === "dispose");
        text.push(...destructorText(`destroy${i}`, aliasOf(owner.resource), !hasOwn));
        names.set(`destroy${i}`, `${group.prefix}[dtor]${owner.resource.name}`);
        emitter.use("destroyed");
        emitter.use("collectWhenDue");
      }
      const used = new Set([...emitter.takeUsed(), "realloc", "settle"]);
      const named = new Set(text.join("\n").match(/\w+\$\d+/g));
      return {
        text: [
          `import * as author from "${author.specifier}";`,
          ...(author.hasDefault ? [`import authorDefault from "${author.specifier}";`] : []),
          `import { ${[...used].join(", ")} } from "${glueModule}";`,
          ...typeImports([...aliases.values()].filter((a) => named.has(a.alias))),
          `export { abortArea } from "${glueModule}";`,
          "export function cabiRealloc(block: usize, oldSize: usize, alignment: usize, size: usize): usize {",
          "  return realloc(block, oldSize, alignment, size);",
          "}",
          ...text,
          "",
        ].join("\n"),
        exports: names,
      };
    },
  };
}

/** Name of a declared type in the generated modules, so that no two are confused. */
interface TypeAlias {
  readonly alias: string;
  readonly name: string;
  readonly specifier: string;
}

function typeImports(aliases: Iterable<TypeAlias>): string[] {
  return Array.from(aliases, (a) => `import { ${a.name} as ${a.alias} } from "${a.specifier}";`);
}

/**
 * `greet`, or `greeter.greet` where the author put it into the interface's namespace, or must; `default.greet` where the author
 * exports a default and nothing of that name.
 */
export function calleeOf(fn: ExpectedExport, author: AuthorModule): string {
  const path = exportPath(fn.name, fn.group, author);
  return author.hasDefault && !author.names.has(path.split(".")[0]!) ? `default.${fn.name}` : path;
}

/** Path in the author's module where something of that name has to be. */
export function exportPath(name: string, group: BoundExports, author: AuthorModule): string {
  const { namespace, ambiguous } = group;
  return namespace && (ambiguous || author.namespaces.has(namespace)) ? `${namespace}.${name}` : name;
}

/** Text before a call's parentheses. */
function callText(fn: ExpectedExport, author: AuthorModule): string {
  if (!fn.owner) {
    const callee = calleeOf(fn, author);
    return callee.startsWith("default.") ? `authorDefault.${fn.name}` : `author.${callee}`;
  }
  const owner = `author.${exportPath(fn.owner.name, fn.group, author)}`;
  switch (fn.member?.kind) {
    case "constructor":
      return `new ${owner}`;
    case "method":
      return `.${fn.name}`;
    default:
      return `${owner}.${fn.name}`;
  }
}

function signatureText(fn: BoundFunction, nameOf: (definition: TypeDefinition) => string): string {
  const parameters = parametersText(fn, nameOf);
  return `(${parameters}): ${fn.type.result ? typeText(fn.type.result, nameOf) : "void"}`;
}

function parametersText(fn: BoundFunction, nameOf: (definition: TypeDefinition) => string): string {
  const parameters = writtenParameters(fn);
  const names = spellAll(
    parameters.map((p) => p.name),
    parameterName,
  );
  return parameters.map((p, i) => `${names[i]}: ${typeText(p.type, nameOf)}`).join(", ");
}

/** A function's signature as its author would write it, and what has to be imported for it. */
function describe(fn: BoundFunction, bindings: Bindings) {
  const origins = new Map<string, string[]>();
  const note = (specifier: string, name: string) => {
    const names = origins.get(specifier) ?? [];
    origins.set(specifier, names);
    if (!names.includes(name)) names.push(name);
  };
  const nameOf = (definition: TypeDefinition) => {
    const { specifier, name } = bindings.declarationOf(definition);
    if (specifier === authorModule) return authoredName(definition, bindings);
    note(specifier, name);
    return name;
  };
  const kind = fn.member?.kind;
  const text = kind === "constructor" ? `(${parametersText(fn, nameOf)})` : signatureText(fn, nameOf);
  for (const name of text.match(/\b(?:Option|Result|Unit|Tuple\d+)\b/g) ?? []) note(typesModule, name);
  const modifier = kind === "static" || kind === "factory" ? "static " : "";
  return { signature: modifier + fn.name + text, origins };
}

function authoredName(definition: TypeDefinition, bindings: Bindings): string {
  const root = rootDefinition(definition);
  const all = bindings.exports.flatMap(({ classes }) => classes);
  return all.find(({ resource }) => resource === root)!.name;
}

function* tupleSizes(world: World): Iterable<number> {
  const seen = new Set<object>();
  function* visit(type: ValueType | TypeDefinition["body"] | undefined): Iterable<number> {
    if (!type || seen.has(type)) return;
    seen.add(type);
    switch (type.kind) {
      case "ref":
        return yield* visit(type.target.body);
      case "list":
        return yield* visit(type.element);
      case "option":
        return yield* visit(type.some);
      case "result":
        yield* visit(type.ok);
        return yield* visit(type.err);
      case "record":
        for (const field of type.fields) yield* visit(field.type);
        return;
      case "variant":
        for (const c of type.cases) yield* visit(c.type);
        return;
      case "tuple":
        yield type.elements.length;
        for (const element of type.elements) yield* visit(element);
        return;
    }
  }
  for (const item of [...world.imports, ...world.exports]) {
    for (const part of item.kind === "interface" ? item.interface.items : [item]) {
      if (part.kind === "type") yield* visit(part.definition.body);
      else {
        for (const parameter of part.type.parameters) yield* visit(parameter.type);
        yield* visit(part.type.result);
      }
    }
  }
}
