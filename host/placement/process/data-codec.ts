/** Data between a cell and its backends, as bytes of frames: a kind (u8), and what it takes. */
import { type Data, dataKinds, dataShape } from "../../backends/data.ts";
import { type FrameReader, type FrameWriter, Garbled } from "./frame.ts";

/** `data` were weighed. */
export function writeData(out: FrameWriter, data: Data): void {
  if (data === null) out.u8(dataKinds.null);
  else if (typeof data === "boolean") out.u8(data ? dataKinds.true : dataKinds.false);
  else if (typeof data === "number") {
    out.u8(dataKinds.number);
    out.f64(data);
  } else if (typeof data === "bigint") {
    out.u8(data < 0n ? dataKinds.negative : dataKinds.natural);
    out.u64(data < 0n ? -data : data);
  } else if (typeof data === "string") writeText(out, data);
  else if (data instanceof Uint8Array) {
    out.u8(dataKinds.bytes);
    out.u32(data.byteLength);
    out.bytes(data);
  } else if (Array.isArray(data)) {
    out.u8(dataKinds.list);
    out.u32(data.length);
    for (const each of data as readonly Data[]) writeData(out, each);
  } else {
    const members = Object.entries(data) as [string, Data][];
    out.u8(dataKinds.object);
    out.u32(members.length);
    for (const [name, member] of members) {
      out.text(name);
      writeData(out, member);
    }
  }
}

function writeText(out: FrameWriter, text: string): void {
  if (text.isWellFormed()) {
    out.u8(dataKinds.text);
    out.text(text);
    return;
  }
  out.u8(dataKinds.units);
  out.u32(text.length);
  out.bytes(Buffer.from(text, "utf16le"));
}

/** Throws `Garbled`; what it gives is made of own data only, whatever bytes come. */
export function readData(from: FrameReader): Data {
  let values = 0;
  const read = (depth: number): Data => {
    if (++values > dataShape.values || depth > dataShape.depth)
      throw new Garbled("it sent data with too many values");
    const kind = from.u8();
    switch (kind) {
      case dataKinds.null:
        return null;
      case dataKinds.false:
        return false;
      case dataKinds.true:
        return true;
      case dataKinds.number:
        return from.f64();
      case dataKinds.natural:
        return from.u64();
      case dataKinds.negative:
        return -from.u64();
      case dataKinds.text:
        return from.text();
      case dataKinds.units:
        return Buffer.from(from.bytes(2 * from.u32())).toString("utf16le");
      case dataKinds.bytes:
        return from.bytes(from.u32());
      case dataKinds.list:
        return members(() => read(depth + 1));
      case dataKinds.object:
        return Object.fromEntries(members(() => [from.text(), read(depth + 1)] as const));
      default:
        throw new Garbled("it sent data of an unknown kind");
    }
  };
  // Not made at the length that is said: nothing but what is there is kept.
  const members = <T>(next: () => T): T[] => {
    const list: T[] = [];
    for (let left = from.u32(); left > 0; left--) list.push(next());
    return list;
  };
  return read(0);
}
