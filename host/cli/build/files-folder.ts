/** Files that come with a plugin's versions, as they lie in the folder `files` beside its sources. */
import { existsSync } from "node:fs";
import { access, readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { packTar } from "modern-tar";
import { HotcellError } from "../../errors.ts";
import { shownPath } from "../../text/paths.ts";

/** Files by their paths below the folder that somebody named. Throws the system's error where there is none, and what `readFilesFolder` does. */
export async function readNamedFolder(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  await access(folder);
  return readFilesFolder(folder);
}

/** Files by their paths below the folder; none where there is no folder. Throws `bad-files` for what is no plain file. */
export async function readFilesFolder(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  if (!existsSync(folder)) return new Map();
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) {
      throw new HotcellError("bad-files", `${shownPath(path)} is no plain file.`, {
        subject: path,
        expected: "files and folders",
        remedy: "Put a copy of what it leads to in its place.",
      });
    }
    files.set(relative(folder, path).replaceAll(sep, "/"), await readFile(path));
  }
  return files;
}

/** Files as the part of an upload's form that takes any number of them. */
export async function asTar(files: ReadonlyMap<string, Uint8Array>): Promise<Blob> {
  const entries = [...files].map(([name, body]) => ({
    header: { name, size: body.length, mtime: new Date(0) },
    body,
  }));
  return new Blob([await packTar(entries)]);
}
