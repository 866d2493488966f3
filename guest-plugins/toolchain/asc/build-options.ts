import type { Options } from "assemblyscript";
import { HotcellError } from "../../../host/errors.ts";
import { buildTools, otherVersion } from "../build-tools.ts";

export interface TransformOptions {
  /** The world to build for, where the WIT package has several. */
  readonly world?: string;
  /** Collect garbage wherever that must be harmless, to find code that it harms. */
  readonly torture: boolean;
  /** Names that `@assemblyscript/wasi-shim` was to give another meaning: left as they are. */
  readonly shimmed: readonly string[];
  /** Presence of the table by which a trap is told with the author's functions and lines. */
  readonly lines: boolean;
  /** Presence of the doc comments of `wit/`. */
  readonly docs: boolean;
  /** The folder to write the modules that the author imports to, for editors. */
  readonly bindings?: string;
  /** The file to write to what the transform's steps took. */
  readonly timings?: string;
}

/**
 * asc passes no options on to transforms, but it has `--use NAME=VALUE`: `--use hotcell.world=NAME`,
 * `--use hotcell.gc=torture`. Takes ours out of asc's and sets what a component needs. Throws `build-option`, and `tool-missing` for an
 * asc that is not the one whose inner workings are known here.
 */
export function readBuildOptions(options: Options): TransformOptions {
  checkVersion(options);
  const aliases = options.globalAliases ?? new Map<string, string>();
  options.globalAliases = aliases;
  const take = (name: string) => {
    const value = aliases.get(name);
    aliases.delete(name);
    return value;
  };
  const world = take("hotcell.world");
  const gc = take("hotcell.gc");
  const bindings = take("hotcell.bindings");
  const timings = take("hotcell.timings");
  const lines = take("hotcell.lines");
  const docs = take("hotcell.docs");
  const unusable = (option: string, remedy: string) =>
    new HotcellError("build-option", `A component cannot be built with ${option}. ${remedy}`, {
      subject: option,
      remedy,
    });
  if (gc !== undefined && gc !== "torture") throw unusable(`hotcell.gc=${gc}`, "Its only value is torture.");
  if (lines !== undefined && lines !== "none")
    throw unusable(`hotcell.lines=${lines}`, "Its only value is none.");
  if (docs !== undefined && docs !== "none")
    throw unusable(`hotcell.docs=${docs}`, "Its only value is none.");
  for (const name of aliases.keys()) {
    if (name.startsWith("hotcell."))
      throw unusable(
        name,
        "Known are hotcell.world, hotcell.gc, hotcell.lines, hotcell.docs, hotcell.bindings and hotcell.timings.",
      );
  }
  for (const [option, isGiven, reason] of refused(options))
    if (isGiven) throw unusable(option, `${reason} Leave it out, on the command line and in asconfig.json.`);
  options.exportStart = "_initialize";
  // The shim's functions are WASI preview 1's, which components can't import. What they stand for, hotcell binds itself.
  const shimmed = [...aliases].filter(([, to]) => /^wasi_[a-zA-Z]+$/.test(to)).map(([name]) => name);
  for (const name of shimmed) aliases.delete(name);
  if (shimmed.length > 0) aliases.delete("ASC_WASI");
  if (!aliases.has("abort")) aliases.set("abort", "~lib/wit-glue/abort");
  return {
    torture: gc !== undefined,
    shimmed,
    lines: lines === undefined,
    docs: docs === undefined,
    ...(world !== undefined && { world }),
    ...(bindings !== undefined && { bindings }),
    ...(timings !== undefined && { timings }),
  };
}

/** asc's options that no component can be built with, and why. All others do what asc says they do. */
function refused(options: Options): readonly (readonly [string, boolean, string])[] {
  return [
    ["--importMemory", options.importMemory, "A component's memory is its own."],
    ["--noExportMemory", !options.exportMemory, "Strings and lists cross through the memory."],
    ["--sharedMemory", options.sharedMemory, "A component's memory is its own."],
    ["--importTable", options.importTable, "A component's function table is its own."],
    ["--bindings", options.bindingsHint, "JavaScript bindings, which asinit asks for, are for core modules."],
  ];
}

function checkVersion(options: Options): void {
  const version = [options.bundleMajorVersion, options.bundleMinorVersion, options.bundlePatchVersion];
  const minor = (text: string) => text.split(".").slice(0, 2).join(".");
  const found = version.join(".");
  if (minor(found) !== minor(buildTools.assemblyscript)) throw otherVersion("assemblyscript", found);
}
