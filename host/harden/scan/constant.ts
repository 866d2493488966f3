import type { ByteReader } from "../../wasm/byte-reader.ts";
import type { ByteWriter } from "../../wasm/byte-writer.ts";
import { malformed, unknownOpcode } from "../../wasm/module-failures.ts";
import { type ModuleSpaces, movedGlobal } from "./module-spaces.ts";
import { readHeapType } from "./module-types.ts";

/** Copies a constant expression to its end (Core spec, Validation / Constant Expressions), renumbering globals. */
export function copyConstant(reader: ByteReader, spaces: ModuleSpaces, out: ByteWriter): void {
  let from = reader.at;
  for (;;) {
    const offset = reader.at;
    const code = reader.byte();
    switch (code) {
      case 0x0b:
        out.copy(reader.bytes, from, reader.at);
        return;
      case 0x41:
        reader.skipInteger(5);
        break;
      case 0x42:
        reader.skipInteger(10);
        break;
      case 0x43:
        reader.skip(4);
        break;
      case 0x44:
        reader.skip(8);
        break;
      case 0x23: {
        const index = reader.u32();
        if (index >= spaces.globals) throw malformed(`there is no global ${index}`, offset);
        if (index >= spaces.fuel) {
          out.copy(reader.bytes, from, offset + 1);
          out.u32(movedGlobal(index, spaces));
          from = reader.at;
        }
        break;
      }
      case 0xd2: {
        const index = reader.u32();
        if (spaces.functions[index] === undefined) throw malformed(`there is no function ${index}`, offset);
        break;
      }
      case 0xd0:
        readHeapType(reader, spaces.types);
        break;
      case 0x6a:
      case 0x6b:
      case 0x6c:
      case 0x7c:
      case 0x7d:
      case 0x7e:
        break;
      case 0xfd: {
        const vector = reader.u32();
        if (vector !== 0x0c) throw unknownOpcode(code, vector, offset);
        reader.skip(16);
        break;
      }
      case 0xfb:
      case 0xfe:
        throw unknownOpcode(code, reader.u32(), offset);
      default:
        throw unknownOpcode(undefined, code, offset);
    }
  }
}
