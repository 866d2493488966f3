/** Functions of `wasi:io` that may be called in an attempt. What a stream leads to was opened by a function that may be, too. */
import type { HostRepeats } from "../../engine/engine.ts";
import type { OutputStream } from "../kit/streams.ts";

const written = (self: OutputStream, bytes: Uint8Array) => self.holds(bytes.length);

export const ioRepeats: HostRepeats = {
  "wasi:io/error": { "[method]error.to-debug-string": true },
  "wasi:io/poll": { "[method]pollable.ready": true, "[method]pollable.block": true, poll: true },
  "wasi:io/streams": {
    "[method]input-stream.read": true,
    "[method]input-stream.blocking-read": true,
    "[method]input-stream.skip": true,
    "[method]input-stream.blocking-skip": true,
    "[method]input-stream.subscribe": true,
    "[method]output-stream.check-write": true,
    "[method]output-stream.write": written,
    "[method]output-stream.blocking-write-and-flush": written,
    "[method]output-stream.flush": true,
    "[method]output-stream.blocking-flush": true,
    "[method]output-stream.subscribe": true,
  },
};
