import { fileBounds } from "../bounds/file-bounds.ts";
import { badFiles, shownPath } from "./tree-errors.ts";

/** Throws `bad-files` for a path that no file of a version may have: it is relative, and names every folder on its way. */
export function requireTreePath(path: string): void {
  const problem = problemOf(path);
  if (problem === undefined) return;
  throw badFiles(`${JSON.stringify(shownPath(path))} is no path of a file: ${problem}.`, path, {
    expected: "a relative path such as img/logo.svg",
    remedy: "Send the file by its path below the folder that is sent, with / between folders.",
  });
}

function problemOf(path: string): string | undefined {
  if (path === "") return "it is empty";
  const bytes = Buffer.byteLength(path);
  if (bytes > fileBounds.path.value) return `it has ${bytes} bytes, and may have ${fileBounds.path.value}`;
  if (!path.isWellFormed() || path.includes("\ufffd")) return "it is not UTF-8";
  if (path.startsWith("/")) return "it is absolute";
  if (path.includes("\\")) return "it has a backslash";
  if (hasControls(path)) return "it has a control character";
  const parts = path.split("/");
  if (parts.includes("..")) return "it leads out of a folder (..)";
  if (parts.includes("") || parts.includes(".")) return "it has an empty part or .";
  if (parts.length > fileBounds.depth.value)
    return `it lies in ${parts.length - 1} folders, and may lie in ${fileBounds.depth.value - 1}`;
  const long = parts.find((part) => Buffer.byteLength(part) > fileBounds.name.value);
  return long === undefined ? undefined : `a name in it has more than ${fileBounds.name.value} bytes`;
}

function hasControls(path: string): boolean {
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
