/** Steps that keep components small, and quick to instantiate, beyond what asc's optimizer does. */

import { componentReader } from "../../../host/component/component-reader.ts";
import { defaultComponentLimits, StructureMeter } from "../../../host/component/structure-limits.ts";
import { ByteWriter } from "../../../host/wasm/byte-writer.ts";
import { componentSection } from "../../../host/wasm/sections.ts";
import type { Emitted } from "./emitted.ts";

type Binaryen = typeof import("assemblyscript/binaryen").default;
type BinaryenModule = InstanceType<Binaryen["Module"]>;

/**
 * Makes asc's `_initialize` the module's start function if it does no more than set up the runtime: wit-component calls
 * an export of that name from a further core module, which would cost 200 bytes and an instance. What an author runs at
 * start stays there, because it may call imports, which a start function must not, and may abort with a message, which
 * nobody finds in a module that has not come into being.
 */
export function preferStartSection(binaryen: Binaryen, module: BinaryenModule): void {
  const start = module.getFunction(binaryen.getExportInfo(module.getExport("_initialize")).value);
  const text = binaryen.emitText(binaryen.getFunctionInfo(start).body);
  const calls = [...text.matchAll(/\(call(?:_indirect)? \$?([^\s)]+)/g)];
  if (!calls.every(([, name]) => name!.startsWith("~lib/rt/"))) return;
  module.removeExport("_initialize");
  module.setStart(start);
}

/** Sections that say which tools made it, and the names that wit-component gives to indices. */
const forToolsOnly: ReadonlySet<string> = new Set(["producers", "component-name"]);

/** A component without the sections that only tools read. Core modules keep the offsets of their code. */
export function stripMetadata(binary: Uint8Array): Uint8Array {
  const reader = componentReader(binary, new StructureMeter(defaultComponentLimits));
  const header = reader.take(8);
  const isComponent = header[6] === 1;
  const out = new ByteWriter(binary.length);
  out.copy(header, 0, header.length);
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    const content = reader.sub(reader.u32());
    if (id === componentSection.custom && forToolsOnly.has(content.name())) continue;
    if (isComponent && (id === componentSection.coreModule || id === componentSection.component)) {
      const inner = stripMetadata(binary.subarray(content.at, content.end));
      out.byte(id);
      out.u32(inner.length);
      out.copy(inner, 0, inner.length);
    } else out.copy(binary, start, reader.at);
  }
  return out.finish();
}

/**
 * Watches the lengths that asc measures between passes of `--converge`. A last pass that made the module larger counts
 * as one that changed nothing: asc stops without complaint, and the smaller binary is the one to take.
 */
export class Convergence {
  #smallest: Emitted | undefined;

  /** The module that asc is to measure. */
  measured(emitted: Emitted): Emitted {
    if (!this.#smallest || emitted.binary.length < this.#smallest.binary.length) this.#smallest = emitted;
    return this.#smallest;
  }

  /** The module to take instead of what asc emits at the end. */
  best(emitted: Emitted): Emitted {
    return this.#smallest && this.#smallest.binary.length < emitted.binary.length ? this.#smallest : emitted;
  }
}
