/**
 * Frames in which bytes cross between the host and a plugin's process: frames of a length (u32, of what follows it), a kind (u8),
 * an id (u32) and a body. Little-endian; both ends run on one machine.
 */

import { free, joined } from "../../platform/spent-bytes.ts";

/** Nonsense that the other end sent. Told apart from our own errors, because only one of the ends is trusted. */
export class Garbled extends Error {}

const lengthBytes = 4;
const headerBytes = 9;

/** Writes one frame. */
export class FrameWriter {
  #bytes: Buffer;
  #view: DataView;
  #at = headerBytes;

  constructor(kind: number, room = 256) {
    this.#bytes = Buffer.allocUnsafe(headerBytes + room);
    this.#view = viewOf(this.#bytes);
    this.#bytes[lengthBytes] = kind;
  }

  /** Bytes that the body has so far. */
  get size(): number {
    return this.#at - headerBytes;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  u64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#at, value, true);
    this.#at += 8;
  }

  f32(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#at, value, true);
    this.#at += 4;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.byteLength);
    this.#bytes.set(value, this.#at);
    this.#at += value.byteLength;
  }

  /** Its length in bytes, then its UTF-8. */
  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.u32(length);
    this.#reserve(length);
    this.#bytes.write(value, this.#at);
    this.#at += length;
  }

  /** The frame, which is not to be written to any more; it may be sent again under another id. */
  finish(id: number): Buffer {
    this.#view.setUint32(0, this.#at - lengthBytes, true);
    this.#view.setUint32(lengthBytes + 1, id, true);
    return this.#bytes.subarray(0, this.#at);
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

/** Reads one frame. Its methods throw `Garbled` where it ends too early. */
export class FrameReader {
  readonly kind: number;
  readonly id: number;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = headerBytes - lengthBytes;

  /** `bytes` are what follows the length. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.kind = bytes[0]!;
    this.id = this.#view.getUint32(1, true);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A copy, so that what is kept of a frame does not keep all of it. */
  bytes(count: number): Uint8Array<ArrayBuffer> {
    const at = this.#take(count);
    return new Uint8Array(this.#bytes.subarray(at, at + count));
  }

  /** Bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    const length = this.u32();
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  /** Throws `Garbled` unless everything was read. */
  end(): void {
    if (this.left > 0) throw new Garbled("a message is longer than what it says");
  }

  #take(count: number): number {
    if (count > this.left) throw new Garbled("a message ends too early");
    const at = this.#at;
    this.#at += count;
    return at;
  }
}

/** Bytes up to which a frame that comes in pieces is put together as they come. Of a longer one they are kept until it is whole. */
const assembled = 256 * 1024;

/**
 * Cuts a stream into frames. What it is fed may come from somebody hostile: it never keeps more than one frame of
 * `most` bytes. `feed` throws `Garbled` for a frame that is longer. Chunks are its own, and are spent with the frames in them.
 */
export class FrameSplitter {
  #most: number;
  readonly #onFrame: (frame: FrameReader) => void;
  readonly #isReadOn: (frame: FrameReader) => boolean;
  /** Beginning of a frame that is not put together yet. */
  #chunks: Buffer[] = [];
  /** Frame that is being put together. */
  #part: Buffer | undefined;
  /** Bytes of either. */
  #held = 0;

  /** `isReadOn`: true for a frame that somebody reads on in when `onFrame` has returned. */
  constructor(
    most: number,
    onFrame: (frame: FrameReader) => void,
    isReadOn: (frame: FrameReader) => boolean = () => false,
  ) {
    this.#most = most;
    this.#onFrame = onFrame;
    this.#isReadOn = isReadOn;
  }

  /** Bytes that a frame may have from now on, if that is more than it could have before. */
  allow(most: number): void {
    this.#most = Math.max(this.#most, most);
  }

  feed(chunk: Buffer): void {
    if (this.#part) this.#cut(this.#fill(this.#part, chunk), chunk);
    else {
      // The usual case: whole frames.
      const bytes = this.#chunks.length === 0 ? chunk : this.#joined(chunk);
      if (bytes) this.#cut(bytes, bytes);
    }
  }

  /** Hands the whole frames out that `bytes` begins with, and keeps the rest. They are part of `chunk`. */
  #cut(bytes: Buffer, chunk: Buffer): void {
    let rest = bytes;
    let spent = true;
    while (rest.length >= lengthBytes) {
      const end = lengthBytes + this.#lengthOf(rest);
      if (rest.length < end) break;
      const isReadOn = this.#hand(rest.subarray(0, end));
      spent &&= !isReadOn;
      rest = rest.subarray(end);
    }
    if (rest.length > 0 && !this.#begin(rest)) {
      this.#chunks = [rest];
      this.#held = rest.length;
    } else if (spent) free(chunk);
  }

  #hand(bytes: Buffer): boolean {
    const frame = new FrameReader(bytes.subarray(lengthBytes));
    this.#onFrame(frame);
    return this.#isReadOn(frame);
  }

  /** Begins to put a frame together; false where that is not known to be worth while. */
  #begin(bytes: Buffer): boolean {
    const size = bytes.length < lengthBytes ? Number.NaN : lengthBytes + this.#lengthOf(bytes);
    if (!(size <= assembled)) return false;
    this.#part = Buffer.allocUnsafeSlow(size);
    this.#held = bytes.copy(this.#part);
    return true;
  }

  /** Fills the frame that is being put together, and hands it out when it is whole. Gives what is left of the chunk. */
  #fill(part: Buffer, chunk: Buffer): Buffer {
    const copied = chunk.copy(part, this.#held);
    this.#held += copied;
    if (this.#held === part.length) {
      this.#part = undefined;
      this.#held = 0;
      if (!this.#hand(part)) free(part);
    }
    return chunk.subarray(copied);
  }

  /** Bytes that were held and the chunk, once a frame is whole; until then it is held too. */
  #joined(chunk: Buffer): Buffer | undefined {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    // The length may itself have come in pieces.
    if (this.#chunks[0]!.length < lengthBytes) this.#chunks = [Buffer.concat(this.#chunks)];
    const [first] = this.#chunks;
    if (first!.length < lengthBytes || this.#held < lengthBytes + this.#lengthOf(first!)) return undefined;
    const whole = joined(this.#chunks.splice(0));
    this.#held = 0;
    return whole;
  }

  #lengthOf(bytes: Buffer): number {
    const length = bytes.readUInt32LE(0);
    if (length < headerBytes - lengthBytes) throw new Garbled("a message is shorter than its header");
    if (length > this.#most)
      throw new Garbled(`a message has ${length} bytes, more than the ${this.#most} that any may have`);
    return length;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
