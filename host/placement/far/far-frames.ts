/**
 * Frames that hosts which share a store send each other about cells that one of them has. They trust each other: whoever can
 * connect can read all that either keeps.
 */
import type { Readable } from "node:stream";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import { type CallOrigin, wayOf } from "../../engine/call-context.ts";
import {
  asHotcellError,
  ComponentError,
  ExitError,
  HotcellError,
  NoRoomToGrowError,
  TrapError,
  toldError,
} from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import type { FunctionType } from "../../wit/model.ts";
import { FrameReader, FrameWriter, Garbled } from "../process/frame.ts";
import { resultCodecs } from "../process/value-codec.ts";

/**
 * Form of these frames. Whoever asks in a later one says so in the request's header: a host that does not know it answers with
 * `unknownStatus` and the form that it knows, before anything has begun.
 */
export const framesForm = { form: 1, header: "hotcell-form" };

/** Status of a host that does not know what it is asked (RFC 9110, section 15.6.2). */
export const unknownStatus = 501;

export const farFrame = {
  /** Name of the cells and plugin, which are texts, revision (u32), function and its type, which are texts, origin, way, arguments. */
  call: 1,
  /** Name, plugin, revision, origin, way: a request follows in parts. */
  handle: 2,
  /** Fuel (f64), and the result, or of a top-level `result` the ok part. */
  value: 3,
  /** Fuel, and the error part of a top-level `result`. */
  error: 4,
  /** Fuel, and a text, the JSON of a failure. */
  failure: 5,
  /** Data of an exchange. */
  part: 6,
  /** There are no more parts from this end. */
  end: 7,
  /** Name, plugin, revision, what no origin is, what is to be tried, which is a text, and the number of pieces (u32) that follow. Whoever asks says by its end that it has decided. */
  trial: 8,
  /** Bytes of a version. */
  piece: 9,
  /** Text: how a trial goes. */
  told: 10,
} as const;

/** Bytes of a frame's length, and of what each has besides its body. */
const [lengthBytes, headerBytes] = [4, 5];
/** Bytes up to which a frame is not worth a place in the account. */
const small = 64 * 1024;

/** Frames of a stream, one after the other, until it ends; each has its bytes of the account until the next one is asked for. Throws `no-capacity`, and `Garbled`. */
export async function* framesOf(stream: Readable, heap: HeapAccount): AsyncGenerator<FrameReader> {
  let chunks: Buffer[] = [];
  let [here, needed, taken] = [0, lengthBytes, 0];
  const take = (bytes: number) => {
    const worth = bytes > small ? bytes : 0;
    if (worth > taken) heap.take(worth - taken, "a call between hosts");
    else heap.give(taken - worth);
    taken = worth;
  };
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      here += chunk.length;
      // Joined once it is worth it: a frame may be large.
      if (here < needed) continue;
      let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      for (;;) {
        needed = bytes.length < lengthBytes ? lengthBytes : lengthBytes + lengthIn(bytes);
        take(needed);
        if (bytes.length < needed) break;
        yield new FrameReader(bytes.subarray(lengthBytes, needed));
        bytes = bytes.subarray(needed);
      }
      chunks = [bytes];
      here = bytes.length;
    }
  } finally {
    take(0);
  }
}

function lengthIn(bytes: Buffer): number {
  const length = bytes.readUInt32LE(0);
  if (length >= headerBytes && length <= nodeBounds.message.value) return length;
  throw new Garbled(`a message has ${length} bytes`);
}

/** So that a call comes back to no plugin by way of another host, and through no more of them. */
export function writeWay(out: FrameWriter, origin: CallOrigin | undefined): void {
  const way = wayOf(origin);
  out.u8(way.length);
  for (const plugin of way) out.text(plugin);
}

export function readWay(from: FrameReader): string[] {
  return Array.from({ length: from.u8() }, () => from.text());
}

/** Bytes where an older Hotcell, which takes all that is no call for a request to a handler, reads an origin: it can't, and answers nothing. */
export function writeUnreadable(out: FrameWriter): void {
  out.bytes(unreadable);
}

export function skipUnreadable(from: FrameReader): void {
  from.bytes(unreadable.length);
}

/** It has all parts, and one of them is longer than any frame. */
const unreadable = Buffer.alloc(13, 0xff);

export function valueFrame(type: FunctionType, value: unknown, fuel: number): Buffer {
  const out = new FrameWriter(farFrame.value);
  out.f64(fuel);
  resultCodecs(type).ok.write(out, value);
  return out.size > nodeBounds.message.value
    ? thrownFrame(undefined, tooLarge("result", out.size), fuel)
    : out.finish(0);
}

/** End of what gives no value. */
export function doneFrame(fuel: number): Buffer {
  const out = new FrameWriter(farFrame.value);
  out.f64(fuel);
  return out.finish(0);
}

/** `type`: of the function that threw; undefined for a handler. */
export function thrownFrame(type: FunctionType | undefined, thrown: unknown, fuel: number): Buffer {
  const err = type && resultCodecs(type).err;
  if (thrown instanceof ComponentError && err) {
    const out = new FrameWriter(farFrame.error);
    out.f64(fuel);
    err.write(out, thrown.payload);
    return out.finish(0);
  }
  const error = asHotcellError(thrown);
  const { cause: _, ...facts } = error.facts;
  const exitStatus = error instanceof ExitError ? error.exitStatus : undefined;
  const grow = error instanceof NoRoomToGrowError;
  const out = new FrameWriter(farFrame.failure);
  out.f64(fuel);
  out.text(JSON.stringify({ code: error.code, message: error.message, facts, exitStatus, grow }));
  return out.finish(0);
}

/** Value of an outcome. Throws what the call threw there. `context` gets its fuel. */
export function readOutcome(
  frame: FrameReader,
  key: string,
  type: FunctionType | undefined,
  context: { fuel: number } | undefined,
): unknown {
  const fuel = frame.f64();
  if (context) context.fuel += fuel;
  if (frame.kind === farFrame.value) return type && resultCodecs(type).ok.read(frame);
  if (frame.kind === farFrame.error) {
    const payload = resultCodecs(type!).err!.read(frame);
    throw new ComponentError(payload, `${key} returned an error.`, { subject: key });
  }
  if (frame.kind !== farFrame.failure) throw otherVersion(key);
  const told = JSON.parse(frame.text()) as Pick<HotcellError, "code" | "message" | "facts"> & {
    readonly exitStatus?: number;
    readonly grow: boolean;
  };
  const { code, message, facts, exitStatus, grow } = told;
  if (code === "trap") throw new TrapError(message, facts);
  if (grow) throw new NoRoomToGrowError(message, facts);
  if (exitStatus !== undefined) throw new ExitError(exitStatus, message, facts);
  throw toldError(code, message, facts);
}

/** Error where the host that has the cells is another Hotcell, and does not know what it is asked, or answers what is not known here. */
export function otherVersion(subject: string): HotcellError {
  return new HotcellError(
    "version-skew",
    `The host that has the cell of ${subject} is another Hotcell: one of the two does not know what the other says.`,
    {
      subject,
      retryAfter: 1,
      remedy: "Bring all hosts to one version: GET /nodes says which there are.",
    },
  );
}

/** Error for what is too large to be sent to another host, though a plugin of one's own could be told it. */
export function tooLarge(what: "argument" | "result", actual: number): HotcellError {
  const limit = nodeBounds.message.value;
  return new HotcellError(
    `${what}-too-large`,
    `The ${what} has ${actual} bytes; what goes to another host, which has the plugin's cell, may have ${limit}.`,
    { limit, actual, remedy: "Pass less at a time." },
  );
}
