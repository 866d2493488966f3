import { HotcellError } from "../../host/errors.ts";
import type { FunctionType, TypeDefinition, ValueType, World } from "../../host/wit/types.ts";
import { rootDefinition } from "../../host/wit/types.ts";
import {
  type Bindings,
  type BoundExports,
  type BoundFunction,
  bindWorld,
  typesModule,
  typeText,
} from "./bindings.ts";
import { type Forwarded, moduleSource, typesImport } from "./declarations.ts";
import { Emitter } from "./emit.ts";
import { type FunctionPlan, Planner } from "./instructions.ts";
import { spellAll, valueName } from "./names.ts";
import { runtimeSource, typesSource } from "./runtime.ts";

/** A function the author has to export. */
export interface ExpectedExport extends BoundFunction {
  readonly group: BoundExports;
  /** `getTime(zone: string): string`, as the author would write it. */
  readonly signature: string;
  /** Module → the names in the signature that are imported from it. */
  readonly origins: ReadonlyMap<string, readonly string[]>;
  /** The function in the glue module that is declared with the very types. */
  readonly declaredAs: string;
}

interface ModuleSource {
  /** As it is imported: `wasi:clocks/wall-clock@0.2.0`. */
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
  /** The module that exports what the component's core module must, given how the author's is written. */
  exportsModule(author: AuthorModule): ExportsModule;
}

export interface AuthorModule {
  /** Relative specifier of the entry file, from beside it. */
  readonly specifier: string;
  /** Namespaces that it exports. */
  readonly namespaces: ReadonlySet<string>;
}

interface ExportsModule {
  readonly text: string;
  /** Names in the text → names in the core module, which no AssemblyScript identifier could be. */
  readonly exports: ReadonlyMap<string, string>;
}

const glueModule = "wit-glue";

/** The AssemblyScript sources that turn plain functions into the world's. Throws `unsupported-feature`. */
export function generate(world: World, options: { readonly torture: boolean }): Generated {
  refuseResources(world);
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
  const planner = new Planner(aliasOf);
  const emitter = new Emitter();
  const glue: string[] = [];
  const sizes = { resultBytes: 0, parameterBytes: 0 };
  const measure = (plan: FunctionPlan, context: "import" | "export") => {
    sizes.resultBytes = Math.max(sizes.resultBytes, plan.resultBytes);
    if (context === "import") sizes.parameterBytes = Math.max(sizes.parameterBytes, plan.parameterBytes);
    return plan;
  };

  // Imports: an external declaration and the function that lowers, calls and lifts, for each.
  const forwarded = new Map<string, Forwarded[]>();
  let count = 0;
  for (const module of bindings.modules) {
    const list: Forwarded[] = [];
    for (const fn of module.functions) {
      const plan = measure(planner.function(fn.type, "lower"), "import");
      const id = count++;
      const core = plan.core.parameters.map((type, i) => `a${i}: ${type}`).join(", ");
      glue.push(
        `@external("${module.core}", "${fn.wit}") declare function import${id}(${core}): ${plan.core.results[0] ?? "void"};`,
        `export function call${id}${signatureText(fn.type, aliasOf)} {`,
        ...emitter.imported(plan, parameterNames(fn.type), `import${id}`).map((line) => `  ${line}`),
        "}",
      );
      list.push({ name: fn.name, glue: `call${id}` });
    }
    forwarded.set(module.specifier, list);
  }
  emitter.takeUsed();

  // Exports: what is expected, and the body that lifts, calls and lowers, for each.
  const expected: ExpectedExport[] = [];
  const plans: FunctionPlan[] = [];
  for (const group of bindings.exports) {
    for (const fn of group.functions) {
      const declaredAs = `expected${expected.length}`;
      glue.push(`declare function ${declaredAs}${signatureText(fn.type, aliasOf)};`);
      expected.push({ ...fn, group, declaredAs, ...describe(fn, bindings) });
      plans.push(measure(planner.function(fn.type, "lift"), "export"));
    }
  }
  // Printing a body makes the helpers it needs; so once now, before the glue is complete.
  const bodies = (author: AuthorModule) =>
    expected.map((fn, i) => emitter.exported(plans[i]!, `author.${calleeOf(fn, author)}`));
  bodies({ specifier: "", namespaces: new Set() });
  emitter.takeUsed();

  const glueText = [
    typesImport([...emitter.helpers, ...glue]),
    ...typeImports(aliases.values()),
    runtimeSource({ ...sizes, ...options }),
    ...emitter.helpers,
    ...glue,
    "",
  ].join("\n");

  return {
    bindings,
    expected,
    imports: bindings.modules.flatMap((m) => (m.functions.length ? [m.core] : [])),
    modules: [
      { specifier: typesModule, text: typesSource(tupleSizes(world)) },
      { specifier: glueModule, text: glueText },
      ...bindings.modules.map((module) => ({
        specifier: module.specifier,
        text: moduleSource(module, bindings, forwarded.get(module.specifier) ?? []),
      })),
    ],
    exportsModule(author) {
      const text: string[] = [];
      const names = new Map([["cabiRealloc", "cabi_realloc"]]);
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
      const used = new Set([...emitter.takeUsed(), "realloc", "settle"]);
      const named = new Set(text.join("\n").match(/\w+\$\d+/g));
      return {
        text: [
          `import * as author from "${author.specifier}";`,
          `import { ${[...used].join(", ")} } from "${glueModule}";`,
          ...typeImports([...aliases.values()].filter((a) => named.has(a.alias))),
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

/** How the generated modules name a declared type, so that no two are confused. */
interface TypeAlias {
  readonly alias: string;
  readonly name: string;
  readonly specifier: string;
}

function typeImports(aliases: Iterable<TypeAlias>): string[] {
  return Array.from(aliases, (a) => `import { ${a.name} as ${a.alias} } from "${a.specifier}";`);
}

/** `greet`, or `greeter.greet` where the author put it into the interface's namespace, or must. */
export function calleeOf(fn: ExpectedExport, author: AuthorModule): string {
  const { namespace, ambiguous } = fn.group;
  return namespace && (ambiguous || author.namespaces.has(namespace)) ? `${namespace}.${fn.name}` : fn.name;
}

function parameterNames(type: FunctionType): string[] {
  return spellAll(
    type.parameters.map((p) => p.name),
    valueName,
  );
}

function signatureText(type: FunctionType, nameOf: (definition: TypeDefinition) => string): string {
  const names = parameterNames(type);
  const parameters = type.parameters.map((p, i) => `${names[i]}: ${typeText(p.type, nameOf)}`);
  return `(${parameters.join(", ")}): ${type.result ? typeText(type.result, nameOf) : "void"}`;
}

/** A function's signature as its author would write it, and what has to be imported for it. */
function describe(fn: BoundFunction, bindings: Bindings) {
  const origins = new Map<string, string[]>();
  const note = (specifier: string, name: string) => {
    const names = origins.get(specifier) ?? [];
    origins.set(specifier, names);
    if (!names.includes(name)) names.push(name);
  };
  const text = signatureText(fn.type, (definition) => {
    const { specifier, name } = bindings.declarationOf(definition);
    note(specifier, name);
    return name;
  });
  for (const name of text.match(/\b(?:Option|Result|Unit|Tuple\d+)\b/g) ?? []) note(typesModule, name);
  return { signature: fn.name + text, origins };
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

function refuseResources(world: World): void {
  for (const item of [...world.imports, ...world.exports]) {
    const place = item.kind === "interface" ? item.name : `world ${world.name}`;
    for (const part of item.kind === "interface" ? item.interface.items : [item]) {
      if (part.kind !== "type" || rootDefinition(part.definition).body.kind !== "resource") continue;
      throw new HotcellError(
        "unsupported-feature",
        `${place} has the resource ${part.name}: the AssemblyScript toolchain has no mapping for resources.`,
        {
          subject: part.name,
          remedy: "Leave the interface out of the world, or pass values instead of handles.",
        },
      );
    }
  }
}
