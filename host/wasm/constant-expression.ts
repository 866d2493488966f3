import type { ByteReader } from "./byte-reader.ts";
import { op, vectorOp } from "./opcodes.ts";

/** Actions of who reads a constant expression on the parts of it that refer to something. */
export interface ConstantParts {
  /** `global.get` of an index, whose instruction begins at `offset`. */
  global(index: number, offset: number): void;
  /** `ref.func`. */
  function(index: number, offset: number): void;
  /** The heap type of a `ref.null`, to be read. */
  heapType(): void;
  /** The error for an instruction that is not constant, after its prefix if it has one. */
  refuse(prefix: number | undefined, code: number, offset: number): Error;
}

type Reading = Pick<ByteReader, "at" | "byte" | "u32" | "skip" | "skipInteger">;

/** Reads a constant expression to its end (Core spec, Validation / Constant Expressions). */
export function readConstant(reader: Reading, parts: ConstantParts): void {
  for (;;) {
    const offset = reader.at;
    const code = reader.byte();
    switch (code) {
      case op.end:
        return;
      case op.i32Const:
        reader.skipInteger(5);
        break;
      case op.i64Const:
        reader.skipInteger(10);
        break;
      case op.f32Const:
        reader.skip(4);
        break;
      case op.f64Const:
        reader.skip(8);
        break;
      case op.globalGet:
        parts.global(reader.u32(), offset);
        break;
      case op.refFunc:
        parts.function(reader.u32(), offset);
        break;
      case op.refNull:
        parts.heapType();
        break;
      case op.i32Add:
      case op.i32Sub:
      case op.i32Mul:
      case op.i64Add:
      case op.i64Sub:
      case op.i64Mul:
        break;
      case op.vector: {
        const vector = reader.u32();
        if (vector !== vectorOp.const) throw parts.refuse(code, vector, offset);
        reader.skip(16);
        break;
      }
      case op.collected:
      case op.thread:
        throw parts.refuse(code, reader.u32(), offset);
      default:
        throw parts.refuse(undefined, code, offset);
    }
  }
}
