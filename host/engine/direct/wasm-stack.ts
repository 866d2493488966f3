/** Of the modules that are the host's own. */
export const hostModuleName = "hotcell";

/** The frames of guest code in an error's stack, innermost first, at most this many. */
const maxFrames = 30;

/**
 * `name (module:function[index]:offset)` for each frame; names come from the module's name section, so they are the
 * guest's own words: kept short and on one line. Frames of the host are left out.
 */
export function wasmStack(thrown: unknown): string[] {
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  if (typeof stack !== "string") return [];
  const frames: string[] = [];
  for (const [, name = "", module, place] of stack.matchAll(
    /^ {4}at (?:(.{0,400}) \()?wasm:\/\/wasm\/([^\s:]*?):?(wasm-function\[\d+\]:0x[0-9a-f]+)\)?$/gm,
  )) {
    if (module?.startsWith(`${hostModuleName}-`)) continue;
    if (frames.length === maxFrames) break;
    const spoken = name.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
    frames.push(spoken === "" ? place! : `${spoken} (${place})`);
  }
  return frames;
}
