/**
 * The asc transform `hotcell/asc`: reads the plugin's `wit/` folder, offers the world's imports and types as modules,
 * wraps the author's exported functions in the canonical ABI, and makes asc write a component.
 */
import { writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Parser, Program, Source } from "assemblyscript";
import { HotcellError } from "../../host/errors.ts";
import { authorModule } from "./bindings.ts";
import { type Builtins, bindBuiltins, builtinsModule } from "./builtins.ts";
import { checkClasses } from "./check-classes.ts";
import { checkExports, report } from "./checks.ts";
import { type AuthorModule, type Generated, generate, glueModule } from "./generate.ts";
import { explainDiagnostics, missingModuleText } from "./hints.ts";
import { reportLeftovers } from "./leftovers.ts";
import { type BuildOptions, readBuildOptions } from "./options.ts";
import { findWit, type ResolvedWorld, resolveWorld } from "./resolve.ts";
import { Convergence, preferStartSection, stripMetadata } from "./slim.ts";
import { placeInComponent } from "./source-map.ts";
import { loadWasmTools } from "./wasm-tools.ts";
import { writeBindings } from "./write-bindings.ts";

// Loaded here, because the hooks below cannot wait.
const tools = await loadWasmTools().catch((error: unknown) => {
  throw readable(error);
});

// asc's const enum SourceKind.
const user = 0;
const userEntry = 1;
const library = 2;

type BinaryenModule = import("assemblyscript/binaryen").default.Module;

interface Emitted {
  readonly binary: Uint8Array;
  readonly sourceMap: string | null;
}

export default class ComponentTransform {
  // Set on the prototype by asc before it constructs the transform.
  declare readonly program: Program;
  /** asc's `--baseDir`: source paths are relative to it. */
  declare readonly baseDir: string;
  declare readonly binaryen: typeof import("assemblyscript/binaryen").default;

  readonly #options: BuildOptions;
  /** Milliseconds. */
  readonly #timings: Record<string, number> = {};
  #witPath = "";
  #resolved: ResolvedWorld | undefined;
  #builtins: Builtins | undefined;
  #generated: Generated | undefined;
  #entry: Source | undefined;
  #author: AuthorModule | undefined;
  #exportsSource: Source | undefined;
  #exports: ReadonlyMap<string, string> = new Map();

  constructor() {
    try {
      this.#options = readBuildOptions(this.program.options);
    } catch (error) {
      throw readable(error);
    }
    explainDiagnostics(this.program, () => this.#generated);
    const { parser } = this.program;
    const parseFile = parser.parseFile.bind(parser);
    // asc tells a transform about sources only once all are parsed, but the world must be known by then: the
    // plugin's wit folder is found from the entry file, and imports resolve against what it says.
    parser.parseFile = (text, path, isEntry) => {
      const isPlugin = isEntry && text !== null && !path.startsWith("~lib/");
      if (isPlugin) this.#begin(path, parseFile);
      const before = this.program.diagnostics.length;
      const isDom = text !== null && path === "~lib/bindings/dom.ts" && this.#builtins;
      parseFile(isDom ? isDom.bindDom(text) : text, path, isEntry);
      if (isPlugin) {
        const entry = parser.sources.at(-1)!;
        this.#nameAuthor(entry, parseFile);
        this.#writeBindings(entry);
      }
      if (text === null) this.#explainMissing(path, before);
    };
  }

  afterParse(parser: Parser): void {
    const entry = parser.sources.find(
      (s) => s.sourceKind === userEntry && !s.normalizedPath.startsWith("~lib/"),
    );
    if (!entry || !this.#generated) return;
    this.#entry = entry;
    // Not an entry any more: its exports are for the world, not for the core module.
    entry.sourceKind = user;
    const file = entry.simplePath;
    this.#author = authorOf(entry);
    const { text, exports } = this.#generated.exportsModule(this.#author);
    const folder = entry.internalPath.slice(0, entry.internalPath.length - file.length);
    parser.parseFile(text, `${folder}${file}.wit-exports.ts`, false);
    this.#exportsSource = parser.sources.at(-1)!;
    this.#exportsSource.sourceKind = userEntry;
    this.#exports = exports;
  }

  afterInitialize(program: Program): void {
    if (!this.#generated || !this.#entry || !this.#author) return;
    const checked = [program, this.#generated, this.#entry.internalPath, this.#author] as const;
    if (checkClasses(...checked) && checkExports(...checked)) return;
    // Compile what the author wrote and not what was generated around it, so that only sensible errors follow.
    this.#exportsSource!.sourceKind = user;
    this.#entry.sourceKind = userEntry;
  }

  afterCompile(module: BinaryenModule): void {
    if (!this.#resolved || !this.#generated) return;
    const plugin = {
      world: this.#resolved.world,
      generated: this.#generated,
      witPath: this.#witPath,
    };
    if (reportLeftovers(this.program, this.binaryen, module, plugin)) return;
    for (const [from, to] of this.#exports) {
      const { value, kind } = this.binaryen.getExportInfo(module.getExport(from));
      module.removeExport(from);
      if (kind === this.binaryen.ExternalGlobal) module.addGlobalExport(value, to);
      else module.addFunctionExport(value, to);
    }
    preferStartSection(this.binaryen, module);
    module.addCustomSection("component-type", this.#resolved.componentType);
    const emit = module.emitBinary.bind(module) as (url?: string | null) => Emitted | Uint8Array;
    const convergence = new Convergence();
    const emitComponent = (url?: string | null) => {
      const emitted = emit(url);
      // Without an argument it is asc measuring between passes of --converge.
      if (emitted instanceof Uint8Array) return convergence.measured(emitted);
      const { sourceMap } = emitted;
      const core = sourceMap ? emitted.binary : convergence.best(emitted.binary);
      const complete = this.#time("componentize", () => tools.componentNew(core));
      const binary = this.program.options.debugInfo ? complete : stripMetadata(complete);
      this.#writeTimings();
      return { binary, sourceMap: sourceMap ? placeInComponent(sourceMap, binary) : "" };
    };
    module.emitBinary = emitComponent as typeof module.emitBinary;
  }

  #begin(entryPath: string, parseFile: Parser["parseFile"]): void {
    if (this.#resolved) {
      report(this.program, `A plugin has one entry file: ${entryPath} is a second one.`);
      return;
    }
    try {
      this.#witPath = findWit(resolve(this.baseDir, entryPath));
      const resolved = this.#time("resolve", () => resolveWorld(tools, this.#witPath, this.#options.world));
      this.#resolved = resolved;
      this.#generated = this.#time("generate", () => generate(resolved.world, this.#options));
    } catch (error) {
      // asc would print an exception with its stack; and a file that is not there would be the next error.
      if (!(error instanceof HotcellError) || error.code === "fault") throw error;
      report(this.program, messageOf(error));
      return;
    }
    this.#builtins = bindBuiltins(this.#generated.bindings.modules);
    const { text: builtins, aliases } = this.#builtins;
    this.program.options.globalAliases ??= new Map();
    const globals = this.program.options.globalAliases;
    for (const [name, to] of aliases) if (!globals.has(name)) globals.set(name, to);
    const modules = [...this.#generated.modules];
    if (builtins !== undefined) modules.push({ specifier: builtinsModule, text: builtins });
    for (const { specifier, text } of modules) {
      parseFile(text, `~lib/${specifier}.ts`, false);
      // asc makes the exports of a library's top-level files global; these are to be imported.
      this.program.parser.sources.at(-1)!.sourceKind = library;
    }
  }

  #time<T>(step: string, work: () => T): T {
    const start = performance.now();
    const result = work();
    this.#timings[step] = performance.now() - start;
    return result;
  }

  #writeTimings(): void {
    const { timings } = this.#options;
    if (timings !== undefined)
      writeFileSync(resolve(this.baseDir, timings), `${JSON.stringify(this.#timings)}\n`);
  }

  /** Generated modules may speak of classes that the author writes: they find them in a module of their own. */
  #nameAuthor(entry: Source, parseFile: Parser["parseFile"]): void {
    const { sources } = this.program.parser;
    // Libraries are in `~lib`, beside the folder that asc's paths begin at.
    const text = this.#generated?.authorModule(`../${entry.internalPath}`, authorOf(entry));
    if (text === undefined) return;
    parseFile(text, `~lib/${authorModule}.ts`, false);
    sources.at(-1)!.sourceKind = library;
  }

  /** For editors, which read the generated modules as files. */
  #writeBindings(entry: Source): void {
    if (!this.#resolved || !this.#generated || this.#options.bindings === undefined) return;
    const folder = resolve(this.baseDir, this.#options.bindings);
    const modules = this.#generated.modules.filter(({ specifier }) => specifier !== glueModule);
    const path = relative(folder, resolve(this.baseDir, entry.internalPath)).replaceAll("\\", "/");
    const text = this.#generated.authorModule(path.startsWith(".") ? path : `./${path}`, authorOf(entry));
    if (text !== undefined) modules.push({ specifier: authorModule, text });
    writeBindings(folder, this.#resolved.world.name, modules);
  }

  /** An import of an interface that the world does not import gets an error that says so. */
  #explainMissing(path: string, before: number): void {
    const specifier = path.replace(/^~lib\//, "").replace(/\.ts$/, "");
    const added = this.program.diagnostics[before];
    if (!added || !path.startsWith("~lib/") || !/^(wit-|export:|[a-z0-9-]+:)/.test(specifier)) return;
    if (!this.#generated) {
      // The world itself could not be read, and that has been said.
      this.program.diagnostics.splice(before, 1);
      return;
    }
    added.message = missingModuleText(specifier, this.#resolved!.world.name, this.#generated);
  }
}

function messageOf(error: HotcellError): string {
  const { remedy } = error.facts;
  return remedy && !error.message.includes(remedy) ? `${error.message}\n  ${remedy}` : error.message;
}

/** asc prints the stack of what it catches: of an error that is not our own fault the message says more. */
function readable(error: unknown): unknown {
  if (error instanceof HotcellError && error.code !== "fault") error.stack = messageOf(error);
  return error;
}

function authorOf(entry: Source): AuthorModule {
  return { specifier: `./${entry.simplePath}`, namespaces: exportedNamespaces(entry) };
}

function exportedNamespaces(entry: Source): Set<string> {
  const exported = 2; // CommonFlags.Export
  const names = new Set<string>();
  for (const statement of entry.statements as readonly NamespaceLike[]) {
    if (statement.members && statement.name && (statement.flags ?? 0) & exported)
      names.add(statement.name.text);
    for (const member of statement.members ?? [])
      if (member.exportedName) names.add(member.exportedName.text);
  }
  return names;
}

/** What tells namespaces (and export lists) among asc's statements. */
interface NamespaceLike {
  readonly name?: { readonly text: string };
  readonly flags?: number;
  readonly members?: readonly { readonly exportedName?: { readonly text: string } }[] | null;
}
