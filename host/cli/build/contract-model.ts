/** Model of a contract on this machine: WIT in a folder or a file, which is compiled, or a component. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { withDocs } from "../../../guest-plugins/toolchain/output/docs-sections.ts";
import { loadWasmTools } from "../../../guest-plugins/toolchain/wasm-tools.ts";
import { resolveWorld } from "../../../guest-plugins/toolchain/world/resolve.ts";
import { contractWorld } from "../../component/contract-world.ts";
import { HotcellError, rebuilt } from "../../errors.ts";
import type { World } from "../../wit/model.ts";
import { readBytes } from "./plugin-folder.ts";

interface ContractModel {
  readonly world: World;
  /** Bytes as hosts take them: the world, encoded, or the component. */
  readonly bytes: Uint8Array;
}

/** True for WIT, as against a component: a folder, or `FILE.wit`. */
export function isWit(source: string): boolean {
  return (
    source.endsWith(".wit") || (statSync(resolve(source), { throwIfNoEntry: false })?.isDirectory() ?? false)
  );
}

/** `world`: the one to take, where WIT has several. Throws what `resolveWorld`, `contractWorld` and `readBytes` throw. */
export async function contractModel(source: string, world: string | undefined): Promise<ContractModel> {
  const path = resolve(source);
  if (!isWit(source) || !existsSync(path)) {
    const bytes = await readBytes(source);
    return { world: contractWorld(bytes), bytes };
  }
  const tools = await loadWasmTools();
  try {
    const { world: found, componentType } = resolveWorld(tools, path, world);
    return { world: found, bytes: withDocs(componentType, found.docs, {}) };
  } catch (error) {
    if (!(error instanceof HotcellError && error.message.includes("multiple worlds"))) throw error;
    throw rebuilt(error, error.message, { ...error.facts, remedy: "Choose one: --world NAME." });
  }
}
