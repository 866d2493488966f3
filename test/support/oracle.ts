/** wasm-tools as the judge of what a valid component is and what its core functions look like. */
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { componentReader } from "../../host/component/component-reader.ts";
import type { ModuleType } from "../../host/component/core-types.ts";
import { readCoreModule } from "../../host/component/decode/core-module.ts";
import { StructureMeter } from "../../host/component/structure-limits.ts";

const tools = await loadWasmTools();

/** The dummy core module of the one world in a WIT document. */
export function dummyModule(wit: string, world?: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(tools.componentEmbed({ witSource: wit, ...(world !== undefined && { world }) }));
}

/** The encoded world that a core module carries. */
export function componentTypeOf(core: Uint8Array<ArrayBuffer>): Uint8Array {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(core), "component-type");
  if (!section) throw new Error("the module carries no world");
  return new Uint8Array(section);
}

/** A component around a core module that carries its world. */
export function wrap(core: Uint8Array): Uint8Array {
  return new Uint8Array(tools.componentNew(core));
}

/** A component as WebAssembly text. Not validated. */
export function assemble(body: string): Uint8Array {
  return new Uint8Array(tools.parse(`(component ${body})`));
}

export function moduleType(core: Uint8Array): ModuleType {
  return readCoreModule(componentReader(core, new StructureMeter())).type;
}

interface Tools {
  componentWit(component: Uint8Array): string;
}

let judges = 0;
let judge: Tools | undefined;

async function newJudge(): Promise<Tools> {
  const url = new URL("../vendor/wasm-tools.js", import.meta.resolve("@bytecodealliance/jco-transpile"));
  const module = (await import(`${url}?judge=${judges++}`)) as { tools: Tools; $init: Promise<void> };
  await module.$init;
  return module.tools;
}

/** What wasm-tools says against a component; undefined if it is valid. A panic counts as no opinion: `null`. */
export async function objection(component: Uint8Array): Promise<string | null | undefined> {
  judge ??= await newJudge();
  try {
    judge.componentWit(component);
    return undefined;
  } catch (error) {
    if (error instanceof Error && "payload" in error) return String(error.payload);
    // A panic leaves the tools unusable: the next question needs new ones.
    judge = undefined;
    return null;
  }
}
