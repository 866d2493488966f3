import { lowering } from "../../fuel-prices.ts";
import { trap } from "../abi-trap.ts";
import type { Meter } from "../fuel/meter.ts";
import type { ComponentInstance } from "./component-instance.ts";
import type { Lender, Task } from "./handles.ts";

/** Call of a cell as the canonical ABI sees it. */
export interface AbiCall {
  readonly meter: Meter;
  /** Borrows that it gives to the callee whose parameters are being lowered; set only where one of them holds some. */
  task: Task | undefined;
  /** Handles lent to the callee whose arguments are being lifted; set only where one of them holds a borrow. */
  lenders: Lender | undefined;
}

export type Realloc = (old: number, oldSize: number, alignment: number, newSize: number) => number;

const noBytes = new Uint8Array(0);
const noUnits = new Uint16Array(0);
const noView = new DataView(noBytes.buffer);

/**
 * Memory that lifting and lowering one function works on: one linear memory and its realloc, in one component instance
 * (CanonicalABI.md, Lifting and Lowering Context). Views of the memory are kept, and made anew when it has grown:
 * growing detaches the old buffer, which leaves its views empty.
 */
export class Context {
  readonly instance: ComponentInstance;
  /** Current after `sync`, which whoever ran guest code calls before reading on; until the first one, empty. */
  u8: Uint8Array<ArrayBuffer> = noBytes;
  u16: Uint16Array<ArrayBuffer> = noUnits;
  view: DataView<ArrayBuffer> = noView;
  #buffer: Buffer | undefined;

  readonly #memory: WebAssembly.Memory | undefined;
  readonly #realloc: Realloc | undefined;

  readonly call: AbiCall;
  /** Meter of that call. */
  readonly meter: Meter;

  constructor(
    instance: ComponentInstance,
    memory: WebAssembly.Memory | undefined,
    realloc: Realloc | undefined,
    call: AbiCall,
  ) {
    this.call = call;
    this.meter = call.meter;
    this.instance = instance;
    this.#memory = memory;
    this.#realloc = realloc;
  }

  /** The memory as Buffer, for its string codecs. */
  get buffer(): Buffer {
    this.#buffer ??= Buffer.from(this.u8.buffer);
    return this.#buffer;
  }

  sync(): void {
    if (this.u8.length === 0 && this.#memory) this.#refresh(this.#memory);
  }

  #refresh({ buffer }: WebAssembly.Memory): void {
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer, 0, buffer.byteLength >>> 1);
    this.view = new DataView(buffer);
    this.#buffer = undefined;
  }

  allocate(alignment: number, size: number): number {
    return this.reallocate(0, 0, alignment, size);
  }

  /**
   * Traps when the guest returns a pointer that is misaligned or does not leave room for `size` bytes. Filling them is
   * paid for here, whatever they cost the guest: its realloc may give the same ones again and again.
   */
  reallocate(old: number, oldSize: number, alignment: number, size: number): number {
    const realloc = this.#realloc;
    if (realloc === undefined) trap("there is no realloc to allocate with");
    this.meter.pay(lowering.each + size * lowering.perByte);
    const { instance, meter } = this;
    const { growth } = meter;
    instance.mayLeave = false;
    const pointer = realloc(old, oldSize, alignment, size) >>> 0;
    instance.mayLeave = true;
    this.sync();
    // As C's: where it was refused growth just now, that is no address.
    if (pointer === 0 && size > 0 && meter.growth !== growth && meter.growth?.refused)
      trap("realloc found no memory");
    if ((pointer & (alignment - 1)) !== 0) trap("realloc returned a pointer that is not aligned");
    if (pointer + size > this.u8.length) trap("realloc returned a pointer outside its memory");
    return pointer;
  }

  /** Traps unless `size` bytes at `pointer` are memory and aligned. */
  check(pointer: number, alignment: number, size: number): void {
    if ((pointer & (alignment - 1)) !== 0) trap("unaligned pointer");
    if (pointer + size > this.u8.length) trap("a pointer outside its memory");
  }
}
