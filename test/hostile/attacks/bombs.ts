/** Compressed bodies that become far more than they are, or never what they claim to be. */
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from "node:zlib";
import type { ErrorCode } from "../../../host/errors.ts";

export interface Bomb {
  readonly name: string;
  /** The Content-Encoding. */
  readonly coding: string;
  readonly bytes: () => Uint8Array<ArrayBuffer>;
  readonly refused: ErrorCode;
}

const MiB = 1024 * 1024;
const own = (bytes: Uint8Array) => new Uint8Array(bytes);
const spaces = (size: number) => Buffer.alloc(size, " ");

const compress: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gzipSync(bytes),
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: (bytes) => zstdCompressSync(bytes),
};

/** A body in these codings, the first one first. */
export function compressed(bytes: Uint8Array, ...codings: readonly string[]): Uint8Array<ArrayBuffer> {
  return own(codings.reduce((inner, coding) => compress[coding]!(inner), bytes));
}

/** A frame of zstd whose header asks for a window of 128 MiB, as `zstd --long=27` makes it. */
const wideWindow = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x01, 0x00, 0x00];

/** For a body of JSON, of which a host takes 8 MiB. */
export const bombs: readonly Bomb[] = [
  ...["gzip", "br", "zstd"].map(
    (coding): Bomb => ({
      name: `128 MiB of spaces in ${coding}`,
      coding,
      bytes: () => compressed(spaces(128 * MiB), coding),
      refused: "too-large",
    }),
  ),
  {
    name: "a bomb in a bomb",
    coding: "gzip, gzip",
    bytes: () => compressed(spaces(128 * MiB), "gzip", "gzip"),
    refused: "too-large",
  },
  {
    name: "a bomb in a bomb of another kind",
    coding: "zstd, br",
    bytes: () => compressed(spaces(128 * MiB), "zstd", "br"),
    refused: "too-large",
  },
  {
    name: "twenty codings over one another",
    coding: Array(20).fill("gzip").join(),
    bytes: () => compressed(spaces(1), "gzip"),
    refused: "unsupported-coding",
  },
  {
    name: "100,000 members of gzip with nothing in them",
    coding: "gzip",
    bytes: () => own(Buffer.concat(Array(100_000).fill(gzipSync(new Uint8Array())))),
    refused: "bad-argument",
  },
  {
    name: "a window of 128 MiB",
    coding: "zstd",
    bytes: () => own(Uint8Array.from(wideWindow)),
    refused: "bad-request",
  },
];
