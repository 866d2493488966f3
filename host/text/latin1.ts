import { findCommonValue } from "./common-texts.ts";

/** Bytes up to which V8 keeps an array's bytes beside it. Its buffer is made when it is asked for, and takes longer than a copy. */
const besides = 64;
const scratch = Buffer.alloc(besides);
/** Bytes up to which adding letters takes less than a call of Node's. */
const few = 8;

/** Text of one character a byte, as HTTP's header fields are read. */
export function latin1(bytes: Uint8Array): string {
  const { length } = bytes;
  if (length > besides) return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1");
  if (length <= few) {
    let text = "";
    for (let i = 0; i < length; i++) text += String.fromCharCode(bytes[i]!);
    return text;
  }
  const common = findCommonValue(bytes, 0, length);
  if (common !== undefined) return common;
  scratch.set(bytes);
  return scratch.toString("latin1", 0, length);
}
