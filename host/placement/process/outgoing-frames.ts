import { backendBounds } from "../../bounds/cell-bounds.ts";
import { free } from "../../platform/spent-bytes.ts";

/** Bytes of frames that a process may leave unread: more than what it may have under way can come to. */
const maxUnread = backendBounds.unread.value;
/** Bytes that a frame takes beside its own, until it has gone. */
const frameOverhead = 64;

/**
 * Frames to a process that nobody in the host waits for: answers of backends, and parts and credit of exchanges. The
 * process brings them about itself; one that asks and never reads would have the host keep them all.
 */
export class OutgoingFrames {
  readonly #write: (frame: Buffer, gone: (error?: Error | null) => void) => void;
  readonly #distrust: (why: string) => void;
  #unread = 0;

  /** `distrust` ends the process. */
  constructor(
    write: (frame: Buffer, gone: (error?: Error | null) => void) => void,
    distrust: (why: string) => void,
  ) {
    this.#write = write;
    this.#distrust = distrust;
  }

  /** Frames are its own. `sent` is called when the frame has gone, or never will. */
  send(frame: Buffer, sent?: () => void): void {
    const bytes = frame.length + frameOverhead;
    this.#unread += bytes;
    this.#write(frame, (error) => {
      if (!error) free(frame);
      this.#unread -= bytes;
      sent?.();
    });
    if (this.#unread > maxUnread) this.#distrust(`it left more than ${maxUnread} bytes unread`);
  }
}
