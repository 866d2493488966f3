import { answerBounds } from "../../bounds/http-bounds.ts";
import type { SourcePlace } from "../../harden/line-table.ts";
import type { Sources } from "../../harden/sources.ts";
import { harmlessName } from "../../text/harmless.ts";

/** Name of the modules that are the host's own. */
export const hostModuleName = "hotcell";

/** The frames of guest code in an error's stack, innermost first, at most this many. */
const maxFrames = answerBounds.frames.value;

/** A function of a guest that was running. */
export interface StackFrame {
  /** Text for people: `price (assembly/index.ts:7)`, or `name (wasm-function[3]:0x1a2)` where no more is known. */
  readonly text: string;
  /** A place that its author wrote. */
  readonly author?: Required<SourcePlace>;
}

/**
 * Names come from the component, so they are the guest's own words: kept short and on one line. Frames of the host are
 * left out, and of what the guest's toolchain generated where the component says so.
 */
export function wasmStack(thrown: unknown, sources: Sources): StackFrame[] {
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  if (typeof stack !== "string") return [];
  const frames: StackFrame[] = [];
  for (const [, name = "", url, place, index, offset] of stack.matchAll(
    /^ {4}at (?:(.{0,400}) \()?wasm:\/\/wasm\/([^\s:]*?):?(wasm-function\[(\d+)\]:(0x[0-9a-f]+))\)?$/gm,
  )) {
    if (url?.startsWith(`${hostModuleName}-`)) continue;
    if (frames.length === maxFrames) break;
    // V8 puts a hash of the module after its name.
    const module = url!.replace(/-[0-9a-f]+$/, "");
    if (!sources.has(module)) {
      frames.push({ text: named(name, place!) });
      continue;
    }
    const source = sources.at(module, Number(index), Number(offset));
    if (source) frames.push(frameOf(source, name, place!));
  }
  return frames;
}

function frameOf({ name, file, line }: SourcePlace, wasmName: string, place: string): StackFrame {
  const known = harmlessName(name || wasmName, maxName);
  if (file === undefined || line === undefined) return { text: name === "" ? named(wasmName, place) : known };
  const author = { name: known, file: harmlessName(file, maxName), line };
  return { text: `${author.name} (${author.file}:${line})`, author };
}

function named(name: string, place: string): string {
  const known = harmlessName(name, maxName);
  return known === "" ? place : `${known} (${place})`;
}

const maxName = 200;
