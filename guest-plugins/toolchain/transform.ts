/**
 * The asc transform `hotcell/asc`: reads the plugin's `wit/` folder, offers the world's imports and types as modules,
 * wraps the author's exported functions in the canonical ABI, and makes asc write a component.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Parser, Program, Source } from "assemblyscript";
import { HotcellError } from "../../host/errors.ts";
import { importPath } from "../../host/text/paths.ts";
import { aroundReports, beforeInitialize, claim } from "./asc/asc-moments.ts";
import { adopters, improveRuntime } from "./asc/asc-runtime.ts";
import { readBuildOptions, type TransformOptions } from "./asc/build-options.ts";
import { type Builtins, bindBuiltins, builtinsModule } from "./asc/builtins.ts";
import { guestLibraryFile } from "./asc/guest-library.ts";
import { mendLibrary } from "./asc/library-mends.ts";
import { PluginPackages } from "./asc/plugin-packages.ts";
import { PluginPaths } from "./asc/plugin-paths.ts";
import { authorOf } from "./author/author-module.ts";
import { writeBindings } from "./author/write-bindings.ts";
import { report, warningCategory } from "./check/added-diagnostics.ts";
import { checkClasses } from "./check/check-classes.ts";
import { checkExports } from "./check/check-exports.ts";
import { explainDiagnostics, missingModuleText } from "./check/hints.ts";
import { reportLeftovers } from "./check/leftovers.ts";
import { type AuthorModule, type Generated, generate, glueModule } from "./glue/generate.ts";
import { LineTableWriter } from "./lines/line-table-writer.ts";
import { emitComponents } from "./output/component-output.ts";
import { withDocs } from "./output/docs-sections.ts";
import type { Emitted } from "./output/emitted.ts";
import { withFirstPages } from "./output/first-pages.ts";
import { packageMetadata, producers } from "./output/package-metadata.ts";
import { preferStartSection } from "./output/slim.ts";
import { nameExports } from "./output/world-exports.ts";
import { loadWasmTools } from "./wasm-tools.ts";
import { authorModule } from "./world/bindings.ts";
import { findWit, type ResolvedWorld, resolveWorld } from "./world/resolve.ts";

// Loaded here, because the hooks below cannot wait.
const tools = await loadWasmTools().catch((error: unknown) => {
  throw readable(error);
});

// asc's const enum SourceKind.
const user = 0;
const userEntry = 1;
const library = 2;

const shimText = `@assemblyscript/wasi-shim is for WASI preview 1, which components don't have: it changes nothing here.
  Leave it out of asconfig.json and the asc command. console, Date, Math.random, performance, crypto and process work
  without it, where the world imports what they need.`;

type BinaryenModule = import("assemblyscript/binaryen").default.Module;

/** One for each `--transform hotcell/asc`; given twice, in asconfig.json and on the command line, it is one transform. */
export default class ComponentTransform {
  // Set on the prototype by asc before it constructs the transform.
  declare readonly program: Program;
  /** asc's `--baseDir`: source paths are relative to it. */
  declare readonly baseDir: string;
  declare readonly binaryen: typeof import("assemblyscript/binaryen").default;

  readonly #options: TransformOptions;
  /** Milliseconds. */
  readonly #timings: Record<string, number> = {};
  readonly #isFirst: boolean;
  /** Absolute. */
  #entryFile: string | undefined;
  #witPath = "";
  #resolved: ResolvedWorld | undefined;
  #builtins: Builtins | undefined;
  #generated: Generated | undefined;
  #packages: PluginPackages | undefined;
  #paths: PluginPaths | undefined;
  /** The author's entry file and the generated one as parsed: other transforms may put others in their place. */
  #entry: Source | undefined;
  #exportsSource: Source | undefined;
  #author: AuthorModule | undefined;
  #exports: ReadonlyMap<string, string> = new Map();
  #module: BinaryenModule | undefined;

  constructor() {
    this.#isFirst = claim(this.program);
    try {
      this.#options = readBuildOptions(this.program.options);
    } catch (error) {
      throw readable(error);
    }
    if (!this.#isFirst) return;
    if (this.#options.lines) this.program.options.sourceMap = true;
    explainDiagnostics(this.program, () => this.#generated);
    const { parser } = this.program;
    const parseFile = parser.parseFile.bind(parser);
    // asc tells a transform about sources only once all are parsed, but the world must be known by then: the
    // plugin's wit folder is found from the entry file, and imports resolve against what it says.
    parser.parseFile = (text, path, isEntry) => {
      const isPlugin = isEntry && text !== null && !path.startsWith("~lib/");
      if (isPlugin) this.#begin(path, parseFile);
      const before = this.program.diagnostics.length;
      const found = this.#ownFile(text, path) ?? this.#packages?.find(text, path, parser);
      const read = found?.text ?? text;
      parseFile(read === null ? null : this.#adapt(path, read), found?.path ?? path, isEntry);
      if (isPlugin) this.#addModules(parser.sources.at(-1)!, parseFile);
      if (text === null && !found) this.#explainMissing(path, before);
    };
    beforeInitialize(this.program, () => this.#chooseEntry());
    aroundReports(
      this.program,
      () => {
        this.#complete();
        this.#paths?.beginPrinting();
      },
      () => this.#paths?.endPrinting(),
    );
  }

  afterInitialize(program: Program): void {
    if (!this.#generated || !this.#author || !this.#entry) return;
    const checked = [program, this.#generated, this.#entry.internalPath, this.#author] as const;
    if (this.#paths?.printing(() => checkClasses(...checked) && checkExports(...checked))) return;
    // Compile what the author wrote and not what was generated around it, so that only sensible errors follow.
    this.#setKinds(userEntry, user);
  }

  afterCompile(module: BinaryenModule): void {
    this.#module = module;
  }

  /** Makes the component's exports the core module's; not the author's file's, whose exports are for the world. */
  #chooseEntry(): void {
    const { sources } = this.program;
    if (!this.#entry || !this.#exportsSource) {
      report(
        this.program,
        "hotcell/asc was shown no entry file: does another transform replace asc's parser?",
      );
      return;
    }
    for (const parsed of [this.#entry, this.#exportsSource]) {
      if (sources.some(({ internalPath }) => internalPath === parsed.internalPath)) continue;
      report(
        this.program,
        `Another transform has taken ${parsed.normalizedPath} out of the program.\n  Leave out one --transform after the other to see which.`,
      );
      // asc goes on until it has compiled, which it could not without.
      sources.push(parsed);
    }
    this.#setKinds(user, userEntry);
    this.#paths?.rename([this.#entry, this.#exportsSource]);
  }

  #setKinds(entryKind: number, exportsKind: number): void {
    for (const source of this.program.sources) {
      if (source.internalPath === this.#entry?.internalPath) source.sourceKind = entryKind;
      if (source.internalPath !== this.#exportsSource?.internalPath) continue;
      source.sourceKind = exportsKind;
      // What is generated may do what --noUnsafe forbids to authors.
      Object.defineProperty(source, "isLibrary", { value: true, configurable: true });
    }
  }

  /** After the last transform's `afterCompile`: from here on only asc's optimizer changes the module. */
  #complete(): void {
    const module = this.#module;
    this.#module = undefined;
    if (!module || !this.#resolved || !this.#generated) return;
    const plugin = {
      world: this.#resolved.world,
      generated: this.#generated,
      witPath: this.#witPath,
    };
    if (reportLeftovers(this.program, this.binaryen, module, plugin)) return;
    if (!nameExports(this.program, this.binaryen, module, this.#exports)) return;
    preferStartSection(this.binaryen, module);
    module.addCustomSection("component-type", this.#resolved.componentType);
    const { world } = this.#resolved;
    const lines = this.#options.lines ? new LineTableWriter(this.program, this.binaryen) : undefined;
    const withLines = lines && ((emitted: Emitted) => lines.addTo(emitted));
    const componentNew = (core: Uint8Array): Uint8Array => {
      const component = this.#time("componentize", () => tools.componentNew(withFirstPages(core, world)));
      this.#writeTimings();
      return component;
    };
    // Where names and tools are kept for debuggers, those of wit-component are there already.
    const metadata = packageMetadata(dirname(this.#witPath));
    const { name: _, ...unnamed } = metadata;
    const docs = this.#options.docs ? world.docs : undefined;
    emitComponents(this.program, this.binaryen, module, withLines, componentNew, (component, isStripped) =>
      withDocs(component, docs, isStripped ? { ...metadata, producers: producers() } : unnamed),
    );
  }

  #begin(entryPath: string, parseFile: Parser["parseFile"]): void {
    const entry = resolve(this.baseDir, entryPath);
    if (this.#entryFile !== undefined) {
      // asconfig.json may name the entry that the command line names, too.
      if (this.#entryFile !== entry)
        report(this.program, `A plugin has one entry file: ${entryPath} is a second one.`);
      return;
    }
    this.#entryFile = entry;
    this.#packages = new PluginPackages(dirname(entry), resolve(this.baseDir));
    try {
      this.#witPath = findWit(entry);
      this.#paths = new PluginPaths(this.program, this.baseDir, dirname(this.#witPath));
      const resolved = this.#time("resolve", () => resolveWorld(tools, this.#witPath, this.#options.world));
      this.#resolved = resolved;
      this.#generated = this.#time("generate", () =>
        generate(resolved.world, { ...this.#options, adopter: this.#adopter() }),
      );
    } catch (error) {
      // asc would print an exception with its stack; and a file that is not there would be the next error.
      if (!(error instanceof HotcellError) || error.code === "fault") throw error;
      report(this.program, messageOf(error));
      return;
    }
    if (this.#options.shimmed.length > 0) report(this.program, shimText, null, warningCategory);
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

  /** A file of the package's own AssemblyScript; also beside a world that could not be read, of which that has been said. */
  #ownFile(text: string | null, path: string) {
    const modules = this.#generated?.bindings.modules ?? [];
    return guestLibraryFile(
      path,
      text,
      modules.map(({ specifier }) => specifier),
    );
  }

  /** Sources of asc's library as a plugin needs them. */
  #adapt(path: string, text: string): string {
    if (path === "~lib/bindings/dom.ts" && this.#builtins) return this.#builtins.bindDom(text);
    return mendLibrary(path, improveRuntime(path, text));
  }

  /** The module with the garbage collector, unless the author has brought another. asc reads the runtime's index first. */
  #adopter(): string | undefined {
    const { parser, options } = this.program;
    const index = `~lib/rt/index-${["stub", "minimal", "incremental"][options.runtime]}.ts`;
    return parser.sources.some((s) => s.normalizedPath === index) ? adopters[options.runtime] : undefined;
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

  /** Adds the modules that depend on how the author's entry file is written. */
  #addModules(entry: Source, parseFile: Parser["parseFile"]): void {
    if (!this.#generated || this.#entry) return;
    const author = this.#authorOf(entry);
    const { sources } = this.program;
    const { internalPath } = entry;
    this.#author = author;
    this.#entry = entry;
    // Generated modules may speak of classes that the author writes: they find them in a module of their own.
    // Libraries are in `~lib`, beside the folder that asc's paths begin at.
    const classes = this.#generated.authorModule(`../${internalPath}`, author);
    if (classes !== undefined) {
      parseFile(classes, `~lib/${authorModule}.ts`, false);
      sources.at(-1)!.sourceKind = library;
    }
    // Parsed now, because other transforms may have to change its calls as they change all others.
    const { text, exports } = this.#generated.exportsModule(author);
    parseFile(text, `${internalPath}.wit-exports.ts`, false);
    this.#exportsSource = sources.at(-1)!;
    this.#exports = exports;
    this.#writeBindings(entry);
  }

  #authorOf(entry: Source): AuthorModule {
    // asc parses what the entry exports from elsewhere only after it.
    const Reader = this.program.parser.constructor as new (diagnostics: [], sources: []) => Parser;
    return authorOf(entry, (internalPath) => {
      const file = [`${internalPath}.ts`, `${internalPath}/index.ts`].find((path) =>
        existsSync(resolve(this.baseDir, path)),
      );
      if (file === undefined) return undefined;
      const reader = new Reader([], []);
      reader.parseFile(readFileSync(resolve(this.baseDir, file), "utf8"), file, false);
      return reader.sources[0];
    });
  }

  /** Writes the generated modules as files, for editors. */
  #writeBindings(entry: Source): void {
    if (!this.#resolved || !this.#generated || this.#options.bindings === undefined) return;
    const folder = resolve(this.baseDir, this.#options.bindings);
    const modules = this.#generated.modules.filter(({ specifier }) => specifier !== glueModule);
    const path = importPath(folder, resolve(this.baseDir, entry.internalPath));
    const text = this.#generated.authorModule(path, this.#authorOf(entry));
    if (text !== undefined) modules.push({ specifier: authorModule, text });
    for (const note of writeBindings(folder, this.#resolved.world.name, modules))
      report(this.program, note, null, warningCategory);
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
