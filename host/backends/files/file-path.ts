import { fileBounds } from "../../bounds/file-bounds.ts";
import { fail } from "./file-error.ts";

/** Path in its components, of which none is empty or `.`. */
export interface FilePath {
  readonly components: readonly string[];
  /** It ends with a slash or `.`: what it leads to has to be a directory. */
  readonly directory: boolean;
  /** Its last component is `.`, so that it is not a name to make or remove. */
  readonly dot: boolean;
  /** It ends in a name and a slash. */
  readonly slash: boolean;
}

/** The same path without the slash that it may end with: what it leads to may be a file. */
export function withoutSlash(path: FilePath): FilePath {
  return path.slash ? { ...path, directory: false } : path;
}

/** Path as a guest gives it, relative to a directory. Throws FileError. */
export function parsePath(text: string): FilePath {
  if (text === "") fail("no-entry");
  if (Buffer.byteLength(text) > fileBounds.path.value) fail("name-too-long");
  if (!text.isWellFormed()) fail("illegal-byte-sequence");
  if (text.includes("\0")) fail("invalid");
  if (text.startsWith("/")) fail("not-permitted");
  const all = text.split("/");
  const last = all.at(-1)!;
  const components = all.filter((each) => each !== "" && each !== ".");
  for (const each of components) if (Buffer.byteLength(each) > fileBounds.name.value) fail("name-too-long");
  const meant = all.findLast((each) => each !== "");
  const [dot, slash] = [meant === ".", last === "" && meant !== "." && meant !== ".."];
  return { components, directory: ["", ".", ".."].includes(last), dot, slash };
}
