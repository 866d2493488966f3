import { harmlessLine } from "../../text/harmless.ts";
import { Scrubber } from "../../text/scrubber.ts";

/** Under this name a core module exports where its guest leaves why it aborted: an immutable i32 global. */
const abortExport = "hotcell:abort";

/** UTF-16 code units that are shown of a message and of a file's name. */
const maxMessage = 500;
const maxFile = 200;

/**
 * Why a guest aborted, in its own words and with the place in its source: `negative quantity (assembly/index.ts:12:5)`.
 * For a core instance in which a call has just trapped: the place of these words is the guest's own memory, in which
 * only a cell's end makes them final. Undefined when the guest said nothing, or nothing that makes sense. Fit for
 * clients: scrubbed, then cut; one line, nothing in it that acts on a terminal.
 *
 * At the address that the global gives lie six little-endian words: address and length of the message, address and
 * length of the file's name (UTF-16, lengths in code units, address 0 for none), line, column.
 */
export function abortMessage(
  exports: Readonly<Record<string, unknown>>,
  scrubber = new Scrubber([]),
): string | undefined {
  const [area, memory] = [exports[abortExport], exports.memory];
  if (!(area instanceof WebAssembly.Global) || !(memory instanceof WebAssembly.Memory)) return undefined;
  const bytes = new DataView(memory.buffer);
  const at = readGlobal(area);
  // An i32 comes out signed, an address is not; from a global of another type comes something else.
  if (typeof at !== "number" || at !== (at | 0)) return undefined;
  const words = wordsAt(bytes, at >>> 0);
  if (!words) return undefined;
  const [messageAt, messageLength, fileAt, fileLength, line, column] = words;
  const textAt = (address: number, length: number, shown: number) =>
    excerptAt(bytes, { address, length, shown }, scrubber);
  const message = textAt(messageAt, messageLength, maxMessage);
  const file = textAt(fileAt, fileLength, maxFile);
  if (message === undefined || file === undefined || (message === "" && file === "")) return undefined;
  const place = file && `${file}:${line}:${column}`;
  if (!message) return `it aborted at ${place}`;
  return place ? `${message} (${place})` : message;
}

/** The same for whichever of a cell's core instances it was: the first that says anything. */
export function abortReason(
  instances: Iterable<Readonly<Record<string, unknown>>>,
  scrubber?: Scrubber,
): string | undefined {
  for (const exports of instances) {
    const message = abortMessage(exports, scrubber);
    if (message !== undefined) return message;
  }
  return undefined;
}

function readGlobal(global: WebAssembly.Global): unknown {
  try {
    return global.value;
  } catch {
    // Types that JavaScript has no values for, such as v128.
    return undefined;
  }
}

type Words = [number, number, number, number, number, number];

function wordsAt(bytes: DataView, at: number): Words | undefined {
  if (at + 24 > bytes.byteLength) return undefined;
  const words = Array.from({ length: 6 }, (_, i) => bytes.getUint32(at + 4 * i, true));
  return words as Words;
}

interface Place {
  readonly address: number;
  /** UTF-16 code units. */
  readonly length: number;
  readonly shown: number;
}

/** Nothing for none; undefined where no text can be. */
function excerptAt(
  bytes: DataView,
  { address, length, shown }: Place,
  scrubber: Scrubber,
): string | undefined {
  if (address === 0) return length === 0 ? "" : undefined;
  if (address + 2 * length > bytes.byteLength) return undefined;
  const read = Math.min(length, scrubber.window(shown));
  const text = Buffer.from(bytes.buffer, address, 2 * read).toString("utf16le");
  return presentable(scrubber.excerpt(text, shown, read < length)).replace(/ …$/, "…");
}

/** On one line, and nothing in it that a terminal or a log would take for a command. */
function presentable(text: string): string {
  return harmlessLine(text.replace(/\s+/g, " ").trim());
}
