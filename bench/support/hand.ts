/** The best glue we can write by hand for the echo component: what a generator would at most reach. */
import type { Component } from "../../host/component/component.ts";

export interface Row {
  readonly id: number;
  readonly name: string;
  readonly price: number;
  readonly active: boolean;
}
export interface Eight {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: boolean;
  readonly e: number;
  readonly f: string;
  readonly g: number;
  readonly h: number;
}

type Core = (...values: number[]) => number;

export function handGlue({ coreModules }: Component, next: (n: number) => number) {
  const [memoryModule, mainModule] = coreModules.map(
    ({ bytes }) => new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>),
  );
  const own = new WebAssembly.Instance(memoryModule!).exports;
  const { memory, realloc, free } = own as unknown as {
    memory: WebAssembly.Memory;
    realloc: Core;
    free: Core;
  };
  const imports = { "": { memory, next: (n: number) => next(n >>> 0) } };
  const core = new WebAssembly.Instance(mainModule!, imports).exports as Record<string, Core>;
  const { answer, forward, pair, eight } = core as { answer: Core; forward: Core; pair: Core; eight: Core };

  let u8 = new Uint8Array(memory.buffer);
  let u16 = new Uint16Array(memory.buffer);
  let view = new DataView(memory.buffer);
  let buffer = Buffer.from(memory.buffer);
  const sync = () => {
    if (u8.length > 0) return;
    u8 = new Uint8Array(memory.buffer);
    u16 = new Uint16Array(memory.buffer);
    view = new DataView(memory.buffer);
    buffer = Buffer.from(memory.buffer);
  };

  const putText = (text: string): number => {
    const { length } = text;
    const pointer = realloc(0, 0, 2, length * 2) >>> 0;
    sync();
    if (length > 20) buffer.write(text, pointer, length * 2, "utf16le");
    else for (let i = 0, at = pointer >>> 1; i < length; i++) u16[at + i] = text.charCodeAt(i);
    return pointer;
  };
  const getText = (pointer: number, length: number): string => {
    let text = "";
    if (length > 9) text = buffer.toString("utf16le", pointer, pointer + length * 2);
    else for (let i = 0, at = pointer >>> 1; i < length; i++) text += String.fromCharCode(u16[at + i]!);
    if (!text.isWellFormed()) throw new Error("invalid utf-16");
    return text;
  };

  return {
    answer: () => answer() >>> 0,
    forward: (n: number) => forward(n) >>> 0,
    utf16(text: string): string {
      const result = pair(putText(text), text.length);
      sync();
      const value = getText(view.getUint32(result, true), view.getUint32(result + 4, true));
      free(result);
      return value;
    },
    bytes(bytes: Uint8Array): Uint8Array {
      const pointer = realloc(0, 0, 1, bytes.length) >>> 0;
      sync();
      u8.set(bytes, pointer);
      const result = pair(pointer, bytes.length);
      sync();
      const from = view.getUint32(result, true);
      const value = u8.slice(from, from + view.getUint32(result + 4, true));
      free(result);
      return value;
    },
    rows(rows: readonly Row[]): Row[] {
      const pointer = realloc(0, 0, 8, rows.length * 32) >>> 0;
      sync();
      for (let i = 0, p = pointer; i < rows.length; i++, p += 32) {
        const { id, name, price, active } = rows[i]!;
        view.setUint32(p, id, true);
        const text = putText(name);
        view.setUint32(p + 4, text, true);
        view.setUint32(p + 8, name.length, true);
        view.setFloat64(p + 16, price, true);
        u8[p + 24] = active ? 1 : 0;
      }
      const result = pair(pointer, rows.length);
      sync();
      const from = view.getUint32(result, true);
      const count = view.getUint32(result + 4, true);
      const value = new Array<Row>(count);
      for (let i = 0, p = from; i < count; i++, p += 32) {
        value[i] = {
          id: view.getUint32(p, true),
          name: getText(view.getUint32(p + 4, true), view.getUint32(p + 8, true)),
          price: view.getFloat64(p + 16, true),
          active: u8[p + 24] !== 0,
        };
      }
      free(result);
      return value;
    },
    eight({ a, b, c, d, e, f, g, h }: Eight): Eight {
      const p = eight(a, b, c, d ? 1 : 0, e, f.codePointAt(0)!, g, h) >>> 0;
      sync();
      const value = {
        a: view.getUint32(p, true),
        b: view.getInt32(p + 4, true),
        c: view.getFloat64(p + 8, true),
        d: u8[p + 16] !== 0,
        e: u8[p + 17]!,
        f: String.fromCodePoint(view.getUint32(p + 20, true)),
        g: view.getFloat32(p + 24, true),
        h: view.getUint16(p + 28, true),
      };
      free(p);
      return value;
    },
  };
}
