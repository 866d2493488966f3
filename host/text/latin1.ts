/** Bytes up to which V8 keeps an array's bytes beside it. Its buffer is made when it is asked for, and takes longer than a copy. */
const besides = 64;

/** Text of one character a byte, as HTTP's header fields are read. */
export function latin1(bytes: Uint8Array): string {
  const { length } = bytes;
  const own = length <= besides ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, length);
  return own.toString("latin1");
}
