import { answerBounds } from "../bounds/http-bounds.ts";
import type { VersionFile } from "./file-tree.ts";

/** Changes from one version's files to another's: paths, as many as an answer names, and how many there are in all. */
export interface FileChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Paths that are not named in these. */
  readonly more: number;
}

/** Undefined where there are none. */
export function diffTrees(
  before: readonly VersionFile[] = [],
  after: readonly VersionFile[] = [],
): FileChanges | undefined {
  const old = new Map(before.map(({ path, digest }) => [path, digest]));
  const fresh = new Set(after.map(({ path }) => path));
  const added = after.filter(({ path }) => !old.has(path));
  const changed = after.filter(({ path, digest }) => old.has(path) && old.get(path) !== digest);
  const removed = before.filter(({ path }) => !fresh.has(path));
  const all = [added, changed, removed].map((files) => files.map(({ path }) => path));
  const count = all.reduce((sum, paths) => sum + paths.length, 0);
  if (count === 0) return undefined;
  let room: number = answerBounds.filePaths.value;
  const [shownAdded, shownChanged, shownRemoved] = all.map((paths) => {
    const shown = paths.slice(0, room);
    room -= shown.length;
    return shown;
  }) as [string[], string[], string[]];
  const more = count - (answerBounds.filePaths.value - room);
  return { added: shownAdded, changed: shownChanged, removed: shownRemoved, more };
}
