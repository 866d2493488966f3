/** Exchange that is carried over a stream of bytes each way. */
import type { Writable } from "node:stream";
import type { Exchange } from "../../backends/exchange.ts";
import { asHotcellError } from "../../errors.ts";
import { drained } from "../../platform/drained.ts";
import { readData, writeData } from "../process/data-codec.ts";
import { type FrameReader, FrameWriter } from "../process/frame.ts";
import { farFrame } from "./far-frames.ts";

/** Gives parts that come in frames to an end of an exchange, until a frame is none of its: gives that, or undefined at the end. */
export async function receiveParts(
  end: Exchange,
  frames: AsyncGenerator<FrameReader>,
): Promise<FrameReader | undefined> {
  for (;;) {
    const { value: frame, done } = await frames.next();
    if (done || !frame) return undefined;
    if (frame.kind === farFrame.part) await end.send(readData(frame));
    else if (frame.kind === farFrame.end) end.end();
    else return frame;
  }
}

/** Resolves when all was sent that there is, or nobody takes it. */
export async function sendParts(end: Exchange, out: Writable): Promise<void> {
  try {
    for (;;) {
      const part = await end.receive();
      if (out.destroyed || out.writableEnded) return;
      const frame = new FrameWriter(part === undefined ? farFrame.end : farFrame.part);
      if (part !== undefined) writeData(frame, part);
      if (!out.write(frame.finish(0))) await drained(out);
      if (part === undefined) return;
    }
  } catch (error) {
    // Cut off at this end, or at the other.
    if (!end.signal.aborted) end.cancel(asHotcellError(error));
  }
}

/** Resolves when all are sent, or nobody takes them. */
export async function sendPieces(pieces: readonly Uint8Array[], out: Writable): Promise<void> {
  for (const piece of pieces) {
    if (out.destroyed || out.writableEnded) return;
    const frame = new FrameWriter(farFrame.piece, piece.length);
    frame.bytes(piece);
    if (!out.write(frame.finish(0))) await drained(out);
  }
}
