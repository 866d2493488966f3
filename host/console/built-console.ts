/** Console of the npm package: a few files, which `tools/bundle` has made and compressed. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type ConsoleFile, type ConsoleFiles, mediaTypes } from "./console-file.ts";

/** Files by their paths, each beside itself with `.br` and `.gz`. */
const built: ReadonlyMap<string, string> = new Map([
  ["", "index.html"],
  ["console.js", "console.js"],
  ["console.css", "console.css"],
  ["icon.svg", "icon.svg"],
]);

const place = fileURLToPath(new URL("built/", import.meta.url));

/** True where this is the package, and not a checkout. */
export function hasBuiltConsole(folder = place): boolean {
  return existsSync(`${folder}/console.js`);
}

export class BuiltConsole implements ConsoleFiles {
  readonly #folder: string;
  readonly #read = new Map<string, Promise<ConsoleFile>>();

  constructor(folder = place) {
    this.#folder = folder;
  }

  async file(path: string): Promise<ConsoleFile | undefined> {
    const name = built.get(path);
    if (name === undefined) return undefined;
    let read = this.#read.get(name);
    if (!read) {
      read = this.#readFile(name);
      this.#read.set(name, read);
      // Files that can't be read now may be readable later.
      read.catch(() => this.#read.delete(name));
    }
    return read;
  }

  async #readFile(name: string): Promise<ConsoleFile> {
    const [bytes, brotli, gzip] = await Promise.all(
      ["", ".br", ".gz"].map((end) => readFile(`${this.#folder}/${name}${end}`)),
    );
    const digest = createHash("sha256").update(bytes!).digest("base64url");
    return {
      ...{ type: mediaTypes[name.slice(name.lastIndexOf(".") + 1)]!, digest, bytes: bytes! },
      ...(brotli && { brotli }),
      ...(gzip && { gzip }),
    };
  }
}
