/**
 * Packages of a plugin whose folder is not asc's `--baseDir`. asc looks for `node_modules` from there upwards; an
 * author who runs it from elsewhere gets those that are found from the plugin's own folder upwards, as asc finds them
 * there, so that a plugin builds alike from everywhere.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Parser } from "assemblyscript";

interface PackageFile {
  /** Path as asc names files of packages: `~lib/json-as/index.ts`. */
  readonly path: string;
  readonly text: string;
}

export class PluginPackages {
  readonly #folder: string;
  readonly #baseDir: string;
  /** True where there are packages that asc does not see, or not first. */
  readonly #hasOwn: boolean;
  /** asc's name of a file found here, without its extension → the folder of its package, for what it imports. */
  readonly #homes = new Map<string, string>();

  /** Both absolute: where the plugin's entry file is, and asc's. */
  constructor(folder: string, baseDir: string) {
    this.#folder = folder;
    this.#baseDir = baseDir;
    const seen = new Set(upwards(baseDir));
    this.#hasOwn = [...upwards(folder)].some((f) => !seen.has(f) && existsSync(join(f, "node_modules")));
  }

  /**
   * The file to take for what asc found itself (`text` of `~lib/json-as/index.ts`), or did not find (null for
   * `~lib/json-as.ts`); undefined where it is asc's. `parser` knows who imports it.
   */
  find(text: string | null, path: string, parser: Parser): PackageFile | undefined {
    if (!this.#hasOwn) return undefined;
    const wanted = path.replace(/\.ts$/, "");
    const match = /^~lib\/((?:@[^/]+\/)?[^/]+)(?:\/(.+))?$/.exec(wanted);
    if (!match) return undefined;
    const [, name = "", inner = "index"] = match;
    const importer = parser.dependees.get(wanted)?.source.internalPath ?? "";
    const found = search(this.#homes.get(importer) ?? this.#folder, name, inner);
    if (!found) return undefined;
    // Also where asc has it from a folder given by --lib or --path, that is what the author wants.
    if (text !== null && search(this.#baseDir, name, inner)?.text !== text) return undefined;
    this.#homes.set(found.path.replace(/\.ts$/, ""), found.home);
    return found;
  }
}

function search(start: string, name: string, inner: string): (PackageFile & { home: string }) | undefined {
  for (const folder of upwards(start)) {
    const home = join(folder, "node_modules", name);
    for (const file of [inner, `${inner}/index`]) {
      const text = textOf(join(home, `${file}.ts`));
      if (text !== undefined) return { path: `~lib/${name}/${file}.ts`, text, home };
    }
  }
  return undefined;
}

function* upwards(start: string): Iterable<string> {
  for (let folder = start; ; folder = dirname(folder)) {
    yield folder;
    if (folder === dirname(folder)) return;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
