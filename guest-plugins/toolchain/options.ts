import type { Options } from "assemblyscript";
import { HotcellError } from "../../host/errors.ts";

export interface BuildOptions {
  /** The world to build for, where the WIT package has several. */
  readonly world?: string;
  /** Collect garbage wherever that must be harmless, to find code that it harms. */
  readonly torture: boolean;
  /** The folder to write the modules that the author imports to, for editors. */
  readonly bindings?: string;
  /** The file to write to what the transform's steps took. */
  readonly timings?: string;
}

/**
 * asc passes no options on to transforms, but it has `--use NAME=VALUE`: `--use hotcell.world=NAME`,
 * `--use hotcell.gc=torture`. Takes ours out of asc's and sets what a component needs. Throws `build-option`.
 */
export function readBuildOptions(options: Options): BuildOptions {
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
  const unusable = (option: string, remedy: string) =>
    new HotcellError("build-option", `A component cannot be built with ${option}. ${remedy}`, {
      subject: option,
      remedy,
    });
  if (gc !== undefined && gc !== "torture") throw unusable(`hotcell.gc=${gc}`, "Its only value is torture.");
  for (const name of aliases.keys()) {
    if (name.startsWith("hotcell."))
      throw unusable(name, "Known are hotcell.world, hotcell.gc, hotcell.bindings and hotcell.timings.");
  }
  if (options.importMemory || !options.exportMemory) {
    throw unusable("an imported or hidden memory", "Leave out --importMemory and --noExportMemory.");
  }
  if (options.sharedMemory) throw unusable("a shared memory", "Leave out --sharedMemory.");
  options.exportStart = "_initialize";
  if (!aliases.has("abort")) aliases.set("abort", "~lib/wit-glue/abort");
  return {
    torture: gc !== undefined,
    ...(world !== undefined && { world }),
    ...(bindings !== undefined && { bindings }),
    ...(timings !== undefined && { timings }),
  };
}
