import { cellBounds } from "../bounds/cell-bounds.ts";

/**
 * A table in a core module of where its code comes from: the custom section `hotcell:lines`, which our toolchain writes
 * and any other may. It is part of an upload: nothing in it can be wrong in a way that matters to the host, because it is
 * read within bounds and only when the plugin has trapped, and what can't be read is as good as not there.
 *
 * Content, version 1; integers are unsigned LEB128, texts UTF-8 with their length before them:
 *
 *     1 (a byte)
 *     files: how many, then the path of each
 *     names: how many, then for each a text and the number of its file from 1 (0: code of a library)
 *     functions that have a body: how many, then for each in their order
 *       how many bytes follow for it
 *       the number of its own name from 1 (0: generated code, of which the author knows nothing)
 *       places until the bytes end: how many bytes of the body lie between the place before it and it, the number
 *         of a name from 1 (0: as the function's own) and, where that is not 0, how many lines further on
 *         than the place before it, counting from line 0: n as 2n, -n as 2n - 1
 */
import { ByteReader } from "../wasm/byte-reader.ts";

export const linesSection = "hotcell:lines";

/** Bytes that a table may have; a larger one is not used. */
export const maxLineBytes = cellBounds.lineTable.value;
/** Bytes that are read of what it says of one function. */
const maxRead = 8 * 1024;
/** UTF-16 code units that are shown of a name, and of a path. */
const maxShown = 200;

/** A place as the table tells it: a function, and a line in a file where that is the author's own. */
export interface SourcePlace {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
}

interface Index {
  readonly files: Uint32Array;
  readonly names: Uint32Array;
  readonly functions: Uint32Array;
}

export class LineTable {
  readonly #bytes: Uint8Array;
  /** Made for the first place. */
  #index: Index | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * The place at so many bytes of the body of a function, which is the `index`th of those that have one. Undefined for
   * generated code; an empty name where nothing is known.
   */
  at(index: number, offset: number): SourcePlace | undefined {
    try {
      return this.#find(index, offset);
    } catch (error) {
      if (error instanceof Unreadable) return unknown;
      throw error;
    }
  }

  #find(index: number, offset: number): SourcePlace | undefined {
    this.#index ??= readIndex(this.#bytes);
    const { functions } = this.#index;
    if (index >= functions.length) return unknown;
    const reader = readerOf(this.#bytes, functions[index]!);
    const size = reader.u32();
    const end = reader.at + Math.min(size, maxRead);
    const own = reader.u32();
    let [at, name, line] = [0, 0, 0];
    while (reader.at < end) {
      at += reader.u32();
      if (at > offset) break;
      name = reader.u32();
      if (name !== 0) line += reader.zigzag();
    }
    // What comes after the bytes that were read may have more.
    if (size > maxRead && reader.at >= end) return this.#place(own, 0);
    if (name !== 0) return this.#place(name, line);
    return own === 0 ? undefined : this.#place(own, 0);
  }

  #place(name: number, line: number): SourcePlace {
    const { names, files } = this.#index!;
    if (name === 0 || name > names.length) return unknown;
    const reader = readerOf(this.#bytes, names[name - 1]!);
    const text = readText(reader);
    const file = reader.u32();
    if (file === 0 || file > files.length || line < 1) return { name: text };
    return { name: text, file: readText(readerOf(this.#bytes, files[file - 1]!)), line };
  }
}

const unknown: SourcePlace = { name: "" };

const none: Index = { files: new Uint32Array(), names: new Uint32Array(), functions: new Uint32Array() };

/** None of a table that can't be read, which is then not looked at again. */
function readIndex(bytes: Uint8Array): Index {
  try {
    return indexOf(bytes);
  } catch (error) {
    if (error instanceof Unreadable) return none;
    throw error;
  }
}

/** Places in the table where each file, name and function begins. */
function indexOf(bytes: Uint8Array): Index {
  const reader = readerOf(bytes, 0);
  if (reader.u32() !== 1) throw new Unreadable();
  const each = (skip: () => void) => {
    const count = reader.count();
    const starts = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      starts[i] = reader.at;
      skip();
    }
    return starts;
  };
  const files = each(() => reader.skip(reader.u32()));
  const names = each(() => {
    reader.skip(reader.u32());
    reader.u32();
  });
  return { files, names, functions: each(() => reader.skip(reader.u32())) };
}

class Unreadable extends Error {}

const utf8 = new TextDecoder();

function readerOf(bytes: Uint8Array, at: number): ByteReader {
  return new ByteReader(bytes, () => new Unreadable(), undefined, at);
}

/** A text, or the beginning of a long one. */
function readText(reader: ByteReader): string {
  const bytes = reader.take(reader.u32());
  return utf8.decode(bytes.subarray(0, maxShown)).slice(0, maxShown);
}
