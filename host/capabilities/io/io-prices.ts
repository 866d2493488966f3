/** Prices of `wasi:io`. */
import type { HostPrice } from "../../engine/engine.ts";
import { hostCosts } from "../../fuel-prices.ts";
import type { FunctionPrices } from "../capability.ts";
import { allValues, object, values } from "../kit/common-prices.ts";
import { maxLinesAtOnce } from "../kit/line-writer.ts";
import { maxWrite } from "../kit/streams.ts";

const newline = 0x0a;

/** Bytes up to which looking at each is done before a search has begun. */
const short = 64;

function lines(bytes: Uint8Array): number {
  let count = 1;
  if (bytes.length <= short) {
    for (let i = 0; i < bytes.length && count < maxLinesAtOnce; i++) if (bytes[i] === newline) count++;
    return count;
  }
  for (
    let at = bytes.indexOf(newline);
    at >= 0 && count < maxLinesAtOnce;
    at = bytes.indexOf(newline, at + 1)
  )
    count++;
  return count;
}

/** A stream, which may lead to what is dearer to use than most. */
interface Priced {
  readonly price: number;
}

const read: HostPrice = { call: hostCosts.refused, touched: (self: Priced) => self.price };
const spliced: HostPrice = {
  call: hostCosts.refused,
  touched: (self: Priced, source: Priced) => self.price + source.price,
};
const written: HostPrice = {
  call: hostCosts.write,
  touched: (self: Priced, bytes: Uint8Array) =>
    self.price + lines(bytes) * hostCosts.line + bytes.length * hostCosts.outputByte,
  passed: (_self, bytes: Uint8Array) => bytes.length,
};
/** Price of zeroes; more than a write may bring traps at once. */
const zeroes: HostPrice = {
  call: hostCosts.write,
  touched: (self: Priced, length: bigint) =>
    self.price + Math.min(Number(length), maxWrite) * hostCosts.outputByte + hostCosts.line,
};
const looked: HostPrice = { call: hostCosts.poll };

export const ioPrices: Readonly<Record<string, FunctionPrices>> = {
  "wasi:io/error": allValues,
  "wasi:io/poll": {
    "[method]pollable.ready": looked,
    "[method]pollable.block": looked,
    poll: {
      call: hostCosts.poll,
      touched: (pollables: readonly unknown[]) => pollables.length * hostCosts.polled,
    },
  },
  "wasi:io/streams": {
    "[method]input-stream.read": read,
    "[method]input-stream.blocking-read": read,
    "[method]input-stream.skip": read,
    "[method]input-stream.blocking-skip": read,
    "[method]input-stream.subscribe": object,
    "[method]output-stream.check-write": values,
    "[method]output-stream.write": written,
    "[method]output-stream.blocking-write-and-flush": written,
    "[method]output-stream.flush": values,
    "[method]output-stream.blocking-flush": values,
    "[method]output-stream.subscribe": object,
    "[method]output-stream.write-zeroes": zeroes,
    "[method]output-stream.blocking-write-zeroes-and-flush": zeroes,
    "[method]output-stream.splice": spliced,
    "[method]output-stream.blocking-splice": spliced,
  },
};
