import type { ByteWriter } from "../../wasm/byte-writer.ts";

interface MutableGlobal {
  /** Its value type as it is in the binary. */
  readonly type: Uint8Array;
  readonly index: number;
}

/** Instructions that give a default value, by the first byte of the value type. */
const zeros: Readonly<Record<number, readonly number[]>> = {
  127: [0x41, 0x00],
  126: [0x42, 0x00],
  125: [0x43, 0, 0, 0, 0],
  124: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
  123: [0xfd, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
};
const nullable = 0x63;
const nonNull = 0x64;

/**
 * The function added to a module that saves and restores its mutable globals, each in a second global of its type, and
 * the global that notes what can't be restored. One and not two, because a new instance pays for each exported
 * function. In WebAssembly and not in JavaScript, which can't read vectors and takes 60 ns for each global.
 */
export class StateFunction {
  readonly #globals: MutableGlobal[] = [];
  /** Whether the module has instructions that a reset can't undo. */
  irreversible = false;

  add(type: Uint8Array, index: number): void {
    this.#globals.push({ type, index });
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
    if (this.irreversible) out.bytes(0x7f, 0x01, 0x41, 0x00, 0x0b);
    for (const { type } of this.#globals) {
      const zero = zeros[type[0]!];
      // A reference that is never null has no default: its second global may be null.
      const heap = type[0] === nonNull || type[0] === nullable ? type.subarray(1) : type;
      if (zero || heap === type) out.copy(type, 0, type.length);
      else {
        out.byte(nullable);
        out.copy(heap, 0, heap.length);
      }
      out.byte(0x01);
      if (zero) out.bytes(...zero);
      else {
        out.byte(0xd0); // ref.null
        out.copy(heap, 0, heap.length);
      }
      out.byte(0x0b);
    }
  }

  /** `first` is the index of the first global added. */
  writeBody(out: ByteWriter, first: number): void {
    const seconds = first + (this.irreversible ? 1 : 0);
    const save: number[] = [];
    const restore: number[] = [];
    this.#globals.forEach(({ type, index }, i) => {
      save.push(0x23, ...u32(index), 0x24, ...u32(seconds + i));
      restore.push(0x23, ...u32(seconds + i), ...(type[0] === nonNull ? [0xd4] : []), 0x24, ...u32(index));
    });
    if (this.irreversible) save.push(0x41, 0x00, 0x24, ...u32(first));
    const result = this.irreversible ? [0x23, ...u32(first)] : [0x41, 0x00];
    const body = [0x00, 0x20, 0x00, 0x04, 0x40, ...save, 0x05, ...restore, 0x0b, ...result, 0x0b];
    out.u32(body.length);
    for (const byte of body) out.byte(byte);
  }
}

function u32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}
