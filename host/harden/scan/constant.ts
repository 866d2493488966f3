import type { ByteReader } from "../../wasm/byte-reader.ts";
import type { ByteWriter } from "../../wasm/byte-writer.ts";
import { readConstant } from "../../wasm/constant-expression.ts";
import { malformed, unknownOpcode } from "../../wasm/module-failures.ts";
import { type ModuleSpaces, movedGlobal } from "./module-spaces.ts";
import { readHeapType } from "./module-types.ts";

/** Copies a constant expression, renumbering globals. */
export function copyConstant(reader: ByteReader, spaces: ModuleSpaces, out: ByteWriter): void {
  let from = reader.at;
  readConstant(reader, {
    global(index, offset) {
      if (index >= spaces.globals) throw malformed(`there is no global ${index}`, offset);
      if (index < spaces.fuel) return;
      out.copy(reader.bytes, from, offset + 1);
      out.u32(movedGlobal(index, spaces));
      from = reader.at;
    },
    function(index, offset) {
      if (spaces.functions[index] === undefined) throw malformed(`there is no function ${index}`, offset);
    },
    heapType: () => readHeapType(reader, spaces.types),
    refuse: unknownOpcode,
  });
  out.copy(reader.bytes, from, reader.at);
}
