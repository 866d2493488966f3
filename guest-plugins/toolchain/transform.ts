/**
 * The asc transform `hotcell/asc`: reads the plugin's `wit/` folder, offers the world's imports and types as modules,
 * wraps the author's exported functions in the canonical ABI, and makes asc write a component.
 */
import { resolve } from "node:path";
import type { Parser, Program, Source } from "assemblyscript";
import { HotcellError } from "../../host/errors.ts";
import { checkExports, report } from "./checks.ts";
import { type AuthorModule, type Generated, generate } from "./generate.ts";
import { type BuildOptions, readBuildOptions } from "./options.ts";
import { findWit, type ResolvedWorld, resolveWorld } from "./resolve.ts";
import { loadWasmTools } from "./wasm-tools.ts";

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
  #resolved: ResolvedWorld | undefined;
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
    const { parser } = this.program;
    const parseFile = parser.parseFile.bind(parser);
    // asc tells a transform about sources only once all are parsed, but the world must be known by then: the
    // plugin's wit folder is found from the entry file, and imports resolve against what it says.
    parser.parseFile = (text, path, isEntry) => {
      if (isEntry && text !== null && !path.startsWith("~lib/")) this.#begin(path, parseFile);
      const before = this.program.diagnostics.length;
      parseFile(text, path, isEntry);
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
    this.#author = { specifier: `./${file}`, namespaces: exportedNamespaces(entry) };
    const { text, exports } = this.#generated.exportsModule(this.#author);
    const folder = entry.internalPath.slice(0, entry.internalPath.length - file.length);
    parser.parseFile(text, `${folder}${file}.wit-exports.ts`, false);
    this.#exportsSource = parser.sources.at(-1)!;
    this.#exportsSource.sourceKind = userEntry;
    this.#exports = exports;
  }

  afterInitialize(program: Program): void {
    if (!this.#generated || !this.#entry || !this.#author) return;
    if (checkExports(program, this.#generated, this.#entry.internalPath, this.#author)) return;
    // Compile what the author wrote and not what was generated around it, so that only sensible errors follow.
    this.#exportsSource!.sourceKind = user;
    this.#entry.sourceKind = userEntry;
  }

  afterCompile(module: BinaryenModule): void {
    if (!this.#resolved || !this.#generated) return;
    if (this.#reportLeftovers(module)) return;
    for (const [from, to] of this.#exports) {
      const { value } = this.binaryen.getExportInfo(module.getExport(from));
      module.removeExport(from);
      module.addFunctionExport(value, to);
    }
    module.addCustomSection("component-type", this.#resolved.componentType);
    const emit = module.emitBinary.bind(module) as (url?: string | null) => Emitted | Uint8Array;
    const emitComponent = (url?: string | null) => {
      const emitted = emit(url);
      // Without an argument it is asc measuring between passes of --converge.
      if (url === undefined || emitted instanceof Uint8Array) return emitted;
      return { binary: tools.componentNew(emitted.binary), sourceMap: emitted.sourceMap ?? "" };
    };
    module.emitBinary = emitComponent as typeof module.emitBinary;
  }

  #begin(entryPath: string, parseFile: Parser["parseFile"]): void {
    if (this.#resolved) {
      report(this.program, `A plugin has one entry file: ${entryPath} is a second one.`);
      return;
    }
    try {
      this.#resolved = resolveWorld(tools, findWit(resolve(this.baseDir, entryPath)), this.#options.world);
      this.#generated = generate(this.#resolved.world, this.#options);
    } catch (error) {
      // asc would print an exception with its stack; and a file that is not there would be the next error.
      if (!(error instanceof HotcellError) || error.code === "fault") throw error;
      report(this.program, messageOf(error));
      return;
    }
    for (const { specifier, text } of this.#generated.modules) {
      parseFile(text, `~lib/${specifier}.ts`, false);
      // asc makes the exports of a library's top-level files global; these are to be imported.
      this.program.parser.sources.at(-1)!.sourceKind = library;
    }
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
    const known = this.#generated.modules.map((module) => module.specifier).filter((s) => s !== "wit-glue");
    added.message = `"${specifier}" is not in the world ${this.#resolved!.world.name}.\n  It has: ${known.join(", ")}`;
  }

  #reportLeftovers(module: BinaryenModule): boolean {
    const leftovers = new Set<string>();
    for (let i = 0; i < module.getNumFunctions(); i++) {
      const info = this.binaryen.getFunctionInfo(module.getFunctionByIndex(i));
      if (info.module && !this.#generated!.imports.includes(info.module))
        leftovers.add(`${info.module}.${info.base}`);
    }
    for (const name of leftovers) report(this.program, leftoverMessage(name));
    return leftovers.size > 0;
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

function leftoverMessage(name: string): string {
  const known: Readonly<Record<string, string>> = {
    "env.seed":
      "Math.random() needs a seed from the host: import wasi:random/random in the world and use its getRandomU64().",
    "env.Date.now":
      "Date.now() needs a clock from the host: import wasi:clocks/wall-clock in the world and use its now().",
    "env.trace": "trace() needs the host: import wasi:logging/logging in the world and use its log().",
  };
  const advice =
    known[name] ??
    (name.startsWith("env.console.")
      ? "console needs the host: import wasi:logging/logging in the world and use its log()."
      : "Declare it in the world and import it from there.");
  return `The plugin calls ${name.replace(/^env\./, "")}, which the world does not import.\n  ${advice}`;
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
