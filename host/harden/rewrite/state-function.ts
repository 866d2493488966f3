import { ByteWriter } from "../../wasm/byte-writer.ts";
import { op, vectorOp } from "../../wasm/opcodes.ts";
import { emptyBlock, nullableReference, numberTypes, reference } from "../../wasm/value-types.ts";
import type { MutableGlobal } from "../scan/module-reader.ts";

/** Instructions that give a default value, by the first byte of the value type. */
const zeros: Readonly<Record<number, readonly number[]>> = {
  [numberTypes.i32]: [op.i32Const, 0x00],
  [numberTypes.i64]: [op.i64Const, 0x00],
  [numberTypes.f32]: [op.f32Const, 0, 0, 0, 0],
  [numberTypes.f64]: [op.f64Const, 0, 0, 0, 0, 0, 0, 0, 0],
  [numberTypes.v128]: [op.vector, vectorOp.const, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
};

/**
 * The function added to a module that saves and restores its mutable globals, each in a second global of its type, and
 * the global that notes what can't be restored. One and not two, because a new instance pays for each exported
 * function. In WebAssembly and not in JavaScript, which can't read vectors and takes 60 ns for each global.
 */
export class StateFunction {
  readonly #globals: readonly MutableGlobal[];
  /** True where the module has instructions that a reset can't undo. */
  irreversible = false;

  constructor(globals: readonly MutableGlobal[]) {
    this.#globals = globals;
  }

  get globals(): number {
    return this.#globals.length;
  }

  get needed(): boolean {
    return this.irreversible || this.#globals.length > 0;
  }

  get addedGlobals(): number {
    return this.#globals.length + (this.irreversible ? 1 : 0);
  }

  /** The note comes first, then the second globals. */
  writeGlobals(out: ByteWriter): void {
    if (this.irreversible) out.bytes(numberTypes.i32, 0x01, op.i32Const, 0x00, op.end);
    for (const { type } of this.#globals) {
      const zero = zeros[type[0]!];
      // A reference that is never null has no default: its second global may be null.
      const heap = type[0] === reference || type[0] === nullableReference ? type.subarray(1) : type;
      if (zero || heap === type) out.copy(type, 0, type.length);
      else {
        out.byte(nullableReference);
        out.copy(heap, 0, heap.length);
      }
      out.byte(0x01);
      if (zero) out.bytes(...zero);
      else {
        out.byte(op.refNull);
        out.copy(heap, 0, heap.length);
      }
      out.byte(op.end);
    }
  }

  /** `first` is the index of the first global added. */
  writeBody(out: ByteWriter, first: number): void {
    const seconds = first + (this.irreversible ? 1 : 0);
    const move = (from: number, to: number, nonNull: boolean) => {
      body.byte(op.globalGet);
      body.u32(from);
      if (nonNull) body.byte(op.refAsNonNull);
      body.byte(op.globalSet);
      body.u32(to);
    };
    const body = new ByteWriter(64);
    body.bytes(0x00, op.localGet, 0x00, op.if, emptyBlock);
    this.#globals.forEach(({ index }, i) => {
      move(index, seconds + i, false);
    });
    if (this.irreversible) {
      body.bytes(op.i32Const, 0x00, op.globalSet);
      body.u32(first);
    }
    body.byte(op.else);
    this.#globals.forEach(({ type, index }, i) => {
      move(seconds + i, index, type[0] === reference);
    });
    body.byte(op.end);
    if (this.irreversible) {
      body.byte(op.globalGet);
      body.u32(first);
    } else body.bytes(op.i32Const, 0x00);
    body.byte(op.end);
    out.sized(body);
  }
}
