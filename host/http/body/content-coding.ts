/** Content codings of request bodies (RFC 9110, section 8.4): undone in pieces off the main thread, and bounded by what bodies become. */

import { createBrotliDecompress, createGunzip, createZstdDecompress, constants as zlib } from "node:zlib";
import type { RequestHeaders } from "../../access/request-headers.ts";
import { bodyBounds } from "../../bounds/http-bounds.ts";
import { HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { beginning } from "../../text/cut.ts";
import type { BodyHold } from "./body-budget.ts";
import { Gate } from "./client-gate.ts";

export type Coding = "gzip" | "br" | "zstd";

/** Codings as `Accept-Encoding` says them. */
export const acceptedCodings: readonly Coding[] = ["gzip", "br", "zstd"];

/** Codings over one another; each takes a pass over the whole. */
const maxCodings = bodyBounds.codings.value;

/** Bodies that are inflated at one time, and those that may wait for it: they are here whole by then. */
const inflatedAtOnce = bodyBounds.inflatedAtOnce.value;
const inflatedWaiting = bodyBounds.inflatedWaiting.value;
/** Bytes of what is small, before and after: it has turns of its own, so that it waits for nothing large. */
const smallInflated = bodyBounds.smallInflated.value;

const MiB = 1024 * 1024;
/** Bytes that one step gives: after each, others may run. */
const chunkSize = smallInflated;
/** The window that RFC 9659 lets a sender of zstd ask for, in bits; the library would give 128 MiB. */
const zstdWindow = Math.log2(bodyBounds.zstdWindow.value);

/** Decoders, and the bytes that each may take for its window and tables. */
const decoders = {
  gzip: { memory: MiB, create: () => createGunzip({ chunkSize }) },
  br: { memory: 17 * MiB, create: () => createBrotliDecompress({ chunkSize, rejectGarbageAfterEnd: true }) },
  zstd: {
    memory: 9 * MiB,
    create: () =>
      createZstdDecompress({
        chunkSize,
        rejectGarbageAfterEnd: true,
        params: { [zlib.ZSTD_d_windowLogMax]: zstdWindow },
      }),
  },
} as const;

const names: ReadonlyMap<string, Coding | undefined> = new Map([
  ...acceptedCodings.map((coding) => [coding, coding] as const),
  ["x-gzip", "gzip"],
  ["identity", undefined],
  ["", undefined],
]);

const none: readonly Coding[] = [];

/** Codings of a body, in the order in which they were applied. Throws `unsupported-coding` for others, and for too many. */
export function codingsOf(headers: RequestHeaders): readonly Coding[] {
  const header = headers.get("content-encoding");
  if (header === null) return none;
  const listed = header.split(",").map((name) => name.trim().toLowerCase());
  const unknown = listed.find((name) => !names.has(name));
  const accept = acceptedCodings.join(", ");
  const facts = {
    subject: "Content-Encoding",
    expected: accept,
    remedy: "Send the body as it is, without Content-Encoding, or in one of these codings.",
    extra: { acceptEncoding: accept },
  };
  if (unknown !== undefined) {
    const actual = beginning(unknown, 100);
    throw new HotcellError(
      "unsupported-coding",
      `The Content-Encoding ${JSON.stringify(actual)} is not taken here; ${accept} are.`,
      { actual, ...facts },
    );
  }
  const codings = listed.map((name) => names.get(name)).filter((coding) => coding !== undefined);
  if (codings.length <= maxCodings) return codings;
  throw new HotcellError("unsupported-coding", `The body has ${codings.length} Content-Encodings.`, {
    actual: codings.length,
    limit: maxCodings,
    ...facts,
    remedy: "Compress the body once.",
  });
}

/** Beginnings of what compressors make; brotli's has none of its own. */
const beginnings: readonly (readonly [coding: Coding, bytes: readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

/** The coding that a body is still in, by how it begins, and what whoever sent it has to do. */
export function stillCoded(
  body: Uint8Array,
): { readonly coding: Coding; readonly remedy: string } | undefined {
  const [coding] = beginnings.find(([, bytes]) => bytes.every((byte, i) => body[i] === byte)) ?? [];
  return coding && { coding, remedy: `Say so with the header Content-Encoding: ${coding}, or send` };
}

/** Limits of plugins whose ceilings are as large as bodies may be. */
export type CeilingOfBodies = "argumentBytes" | "componentBytes" | "componentBytes + limits.uploadFileBytes";

/** Remedy for a body that is too large, and who can do more. */
export function lessThanCeiling(ceiling: CeilingOfBodies | undefined): string {
  if (ceiling === undefined) return "Send less; the limit is the host's.";
  return `Send less; the host's owner sets how much, by the ceiling of limits.${ceiling} (HOTCELL_CEILINGS).`;
}

interface Undoing {
  /** Bytes that it may become. */
  readonly limit: number;
  readonly ceiling: CeilingOfBodies | undefined;
  readonly hold?: BodyHold | undefined;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export class Inflater {
  readonly #heap: HeapAccount;
  readonly #small = new Gate("small compressed bodies", { atOnce: inflatedAtOnce, waiting: inflatedWaiting });
  readonly #large = new Gate("compressed bodies", { atOnce: inflatedAtOnce, waiting: inflatedWaiting });

  /** Draws on `heap` for what is inflated, until it is whole. */
  constructor(heap: HeapAccount) {
    this.#heap = heap;
  }

  /**
   * Body as it was before `codings` were applied to it. Throws `too-large`, never making more than the limit; `bad-request` for
   * what is broken, cut off, or goes on behind its end; and `too-many-requests` and `no-capacity`.
   */
  async undo(
    body: Uint8Array<ArrayBuffer>,
    codings: readonly Coding[],
    undoing: Undoing,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#undoSmall(body, codings, undoing)) ?? (await this.#undoLarge(body, codings, undoing));
  }

  /** Undefined for what turns out to be large: how large is known to nobody before. */
  async #undoSmall(
    body: Uint8Array<ArrayBuffer>,
    codings: readonly Coding[],
    undoing: Undoing,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (body.byteLength > smallInflated) return undefined;
    using _turn = await this.#small.enter(undoing.signal);
    let bytes: Uint8Array<ArrayBuffer> | undefined = body;
    for (const coding of codings.toReversed())
      bytes &&= await this.#inflate(bytes, coding, undoing, smallInflated);
    return bytes;
  }

  async #undoLarge(
    body: Uint8Array<ArrayBuffer>,
    codings: readonly Coding[],
    undoing: Undoing,
  ): Promise<Uint8Array<ArrayBuffer>> {
    using _turn = await this.#large.enter(undoing.signal);
    let bytes = body;
    for (const coding of codings.toReversed()) bytes = (await this.#inflate(bytes, coding, undoing))!;
    return bytes;
  }

  /** Undefined where it becomes more than `most` bytes; nobody is to blame for that. */
  async #inflate(
    body: Uint8Array<ArrayBuffer>,
    coding: Coding,
    { limit, ceiling, hold }: Undoing,
    most = Number.POSITIVE_INFINITY,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { memory, create } = decoders[coding];
    const heap = this.#heap;
    const what = `a body in ${coding}`;
    heap.take(memory, what);
    let taken = memory;
    const decoder = create();
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      decoder.end(body);
      for await (const chunk of decoder as AsyncIterable<Buffer>) {
        size += chunk.byteLength;
        if (size > limit) throw tooLarge(coding, limit, ceiling, body.byteLength);
        if (size > most) return undefined;
        // Twice: in pieces, and then whole.
        heap.take(2 * chunk.byteLength, what);
        taken += 2 * chunk.byteLength;
        hold?.grow(body.byteLength + size);
        chunks.push(chunk);
      }
      // Zeros behind the end are padding to gzip, which goes unsaid.
      if (decoder.bytesWritten < body.byteLength) throw broken(coding, "something follows behind its end");
      const whole = Buffer.concat(chunks, size) as Buffer<ArrayBuffer>;
      hold?.grow(size);
      return whole;
    } catch (error) {
      throw error instanceof HotcellError ? error : broken(coding, (error as Error).message);
    } finally {
      decoder.destroy();
      heap.give(taken);
    }
  }
}

function tooLarge(
  coding: Coding,
  limit: number,
  ceiling: CeilingOfBodies | undefined,
  compressed: number,
): HotcellError {
  return new HotcellError(
    "too-large",
    `The body of ${compressed} bytes becomes more than ${limit} when its ${coding} is undone.`,
    { limit, remedy: `${lessThanCeiling(ceiling)} It holds for what the body becomes.` },
  );
}

function broken(coding: Coding, why: string): HotcellError {
  return new HotcellError("bad-request", `The body is not one whole ${coding}: ${why}.`, {
    subject: "Content-Encoding",
    actual: coding,
    expected: coding === "zstd" ? `zstd with a window of ${2 ** zstdWindow} bytes at most` : coding,
    remedy: "Send all that the compressor made and nothing else, or leave Content-Encoding out.",
  });
}
