/** A core module as Binaryen emits it, always with the map of its code. */

import { componentReader } from "../../../host/component/component-reader.ts";
import { defaultComponentLimits, StructureMeter } from "../../../host/component/structure-limits.ts";
import { moduleSection } from "../../../host/wasm/sections.ts";

export type Binaryen = typeof import("assemblyscript/binaryen").default;
export type BinaryenModule = InstanceType<Binaryen["Module"]>;

export interface Emitted {
  readonly binary: Uint8Array;
  readonly sourceMap: string;
  /** Binaryen's names of the functions that have a body, in the order of these. */
  readonly functions: readonly string[];
}

/**
 * Emits modules by Binaryen's own `emitBinary`, bound. `url` goes into a section of the module as the place of the map;
 * without one there is no such section.
 */
export function emitter(
  binaryen: Binaryen,
  module: BinaryenModule,
  emit: (url: string) => Pick<Emitted, "binary" | "sourceMap">,
): (url?: string | null) => Emitted {
  return (url) => {
    const { binary, sourceMap } = emit(url || "-");
    const infos = Array.from({ length: module.getNumFunctions() }, (_, i) =>
      binaryen.getFunctionInfo(module.getFunctionByIndex(i)),
    );
    // Imported ones come from somewhere.
    const functions = infos.filter(({ base }) => base === "").map(({ name }) => name);
    return { binary: url ? binary : withoutMapUrl(binary), sourceMap, functions };
  };
}

/** Binaryen puts that section after the code: what the map says of the rest still holds. */
function withoutMapUrl(binary: Uint8Array): Uint8Array {
  const reader = componentReader(binary, new StructureMeter(defaultComponentLimits));
  const parts = [reader.take(8)];
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    const content = reader.sub(reader.u32());
    if (id === moduleSection.custom && content.name() === "sourceMappingURL") continue;
    parts.push(binary.subarray(start, reader.at));
  }
  return new Uint8Array(Buffer.concat(parts));
}
