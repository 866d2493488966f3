import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { decodeComponentType } from "../../../host/component/component-type.ts";
import { HotcellError } from "../../../host/errors.ts";
import type { World } from "../../../host/wit/model.ts";
import type { WasmTools } from "../wasm-tools.ts";
import { docsOfWorld } from "./docs-of-world.ts";
import { explainUnsupported, explainWitError } from "./wit-errors.ts";
import { readPackages } from "./wit-files.ts";

export interface ResolvedWorld {
  readonly world: World;
  /** The `component-type` custom section that makes a core module self-describing. */
  readonly componentType: Uint8Array;
}

/** The nearest `wit` folder beside or above a source file. Throws `no-wit` when there is none. */
export function findWit(sourceFile: string): string {
  const start = dirname(resolve(sourceFile));
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, "wit");
    if (existsSync(candidate) && statSync(candidate).isDirectory()) return candidate;
    if (folder === dirname(folder)) break;
  }
  throw new HotcellError("no-wit", `No wit folder beside or above ${sourceFile}.`, {
    subject: sourceFile,
    remedy: "Describe the plugin in wit/world.wit next to its assembly folder.",
  });
}

/**
 * The world that a WIT folder describes: the one named, else its only one. Throws `invalid-wit` with the file
 * at fault, and what the decoder refuses (`unsupported-feature` for async types).
 */
export function resolveWorld(tools: WasmTools, witPath: string, worldName?: string): ResolvedWorld {
  let dummy: Uint8Array;
  try {
    dummy = tools.componentEmbed({ witPath, ...(worldName !== undefined && { world: escaped(worldName) }) });
  } catch (error) {
    throw explainWitError(tools, witPath, worldName, error);
  }
  const module = new WebAssembly.Module(new Uint8Array(dummy));
  const [section] = WebAssembly.Module.customSections(module, "component-type");
  if (!section) throw new HotcellError("fault", "wasm-tools embedded no component-type section.");
  const componentType = new Uint8Array(section);
  const types = attempt(() => decodeComponentType(componentType).world);
  const docs = docsOfWorld(readPackages(witPath), types);
  const world = docs ? { ...types, docs } : types;
  // wasm-tools encodes some documents (an empty record, fields `a1` and `a-1`) that no component could implement.
  attempt(() => tools.componentNew(dummy));
  return { world, componentType };

  function attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof HotcellError && error.code === "unsupported-feature")
        throw explainUnsupported(witPath, error);
      if (error instanceof HotcellError && error.code !== "invalid-component") throw error;
      throw explainWitError(tools, witPath, worldName, innermost(error));
    }
  }
}

/** The innermost reason, without its place in a binary that the author never sees. */
function innermost(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [last = message] = message.split(/Caused by:\n\s*/).slice(-1);
  return last.replace(/^Invalid component at byte \d+: /, "").replace(/ \(at offset 0x[0-9a-f]+\)$/, "");
}

/** A world's name (or id, `a:b/w@1.0.0`) as WIT has it where it may be a keyword: `%type`. */
function escaped(name: string): string {
  const [path = "", ...version] = name.split("@");
  return [path.replaceAll(/[a-z][a-z0-9-]*/gi, "%$&"), ...version].join("@");
}
