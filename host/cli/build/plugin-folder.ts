/** A plugin's sources on disk: `wit/`, `assembly/index.ts`, `asconfig.json`, `calls.json`, `requests.json`, `files/`. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { HotcellError } from "../../errors.ts";

export interface PluginFolder {
  /** Absolute. */
  readonly path: string;
  /** The folder's own name. */
  readonly name: string;
  readonly entry: string;
  /** Path of its component unless told otherwise. */
  readonly wasm: string;
  /** Folder in which editors find what the world offers for import. */
  readonly bindings: string;
  readonly calls: string;
  readonly requests: string;
  /** Folder of what comes with it. */
  readonly files: string;
}

/** Throws `no-plugin-folder` when there is no `assembly/index.ts` in it. */
export function pluginFolder(folder = "."): PluginFolder {
  const path = resolve(folder);
  const name = basename(path);
  const entry = join(path, "assembly/index.ts");
  if (!existsSync(entry)) {
    throw new HotcellError("no-plugin-folder", `${folder} is no plugin: it has no assembly/index.ts.`, {
      subject: folder,
      remedy: "Name the plugin's folder, or begin a plugin with: hotcell new NAME",
    });
  }
  return {
    path,
    name,
    entry,
    wasm: join(path, "build", `${name}.wasm`),
    bindings: join(path, "build/bindings"),
    calls: join(path, "calls.json"),
    requests: join(path, "requests.json"),
    files: join(path, "files"),
  };
}

/** A file's bytes. Throws `no-such-file`, also for what cannot be read. */
export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new HotcellError("no-such-file", `${file} can't be read: ${(cause as Error).message}.`, {
      subject: file,
      remedy: "Name a file that exists.",
      cause,
    });
  }
}
