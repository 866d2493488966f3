/** Folder of plugins: `NAME.wasm` is deployed as NAME, with the settings in `NAME.json` beside it, whenever one of them changes. */
import { readFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { HotcellError } from "../errors.ts";
import { type FileChange, FileWatch } from "../platform/file-watch.ts";
import type { Registry } from "../registry/api.ts";
import type { SettingsInput } from "../registry/settings/settings.ts";
import { harmlessLines } from "../text/harmless.ts";
import { isObject } from "../text/json-value.ts";

/** Fate of a plugin whose file is deleted. */
export type WhenGone = "keep" | "remove";

/** Author of what a folder deploys, in the history. */
const who = "folder";
/** Deployments from a folder at a time. */
const atATime = 4;

export interface PluginsFolderOptions {
  readonly folder: string;
  readonly whenGone: WhenGone;
  readonly registry: Registry;
}

export class PluginsFolder {
  readonly #folder: string;
  readonly #whenGone: WhenGone;
  readonly #registry: Registry;
  #watch: FileWatch | undefined;
  #closed = false;

  private constructor({ folder, whenGone, registry }: PluginsFolderOptions) {
    this.#folder = resolve(folder);
    this.#whenGone = whenGone;
    this.#registry = registry;
  }

  /** Deploys what is there, then follows it. What is refused is printed. Throws `bad-settings` where there is no such folder. */
  static async follow(options: PluginsFolderOptions): Promise<PluginsFolder> {
    const source = new PluginsFolder(options);
    try {
      source.#watch = await FileWatch.begin({
        folders: [{ path: source.#folder, wanted: (name) => /^[^.].*\.(wasm|json)$/.test(name) }],
        changed: (change) => source.#changed(change),
        failed: (thrown) => source.#say(source.#folder, thrown),
        first: true,
      });
    } catch (thrown) {
      throw new HotcellError("bad-settings", `The folder of plugins ${options.folder} can't be read.`, {
        subject: "plugins",
        actual: options.folder,
        expected: "a folder that is there",
        remedy: "Make it, or name another one (HOTCELL_PLUGINS or --plugins, createHost({ plugins })).",
        cause: thrown,
      });
    }
    return source;
  }

  /** Follows it no more; resolves when what was under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watch?.[Symbol.dispose]();
    await this.#watch?.idle();
  }

  async #changed({ changed, gone }: FileChange): Promise<void> {
    const left = [...new Set(changed.map(nameOf))];
    const deployNext = async () => {
      for (let name = left.shift(); name !== undefined && !this.#closed; name = left.shift())
        await this.#try(name, () => this.#deploy(name!));
    };
    await Promise.all(Array.from({ length: atATime }, deployNext));
    if (this.#whenGone === "keep") return;
    for (const name of gone.filter((file) => extname(file) === ".wasm").map(nameOf))
      await this.#try(name, () => this.#registry.remove(name, { who }));
  }

  async #deploy(name: string): Promise<void> {
    const bytes = await readIfThere(join(this.#folder, `${name}.wasm`));
    // Settings may be there before what they are for.
    if (!bytes) return;
    const text = await readIfThere(join(this.#folder, `${name}.json`));
    const settings = text && this.#patch(name, parseSettings(name, text));
    await this.#registry.deploy(name, bytes, { who, ...(settings && { settings }) });
  }

  /** Patch that makes the settings those of the file: what it does not have is as where nobody asks for anything. */
  #patch(name: string, settings: SettingsInput): SettingsInput {
    const there = this.#registry.revision(name) !== undefined;
    return there ? patchTo(settings, this.#registry.details(name).asked) : settings;
  }

  async #try(name: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.#say(`${name}.wasm`, thrown);
    }
  }

  #say(subject: string, thrown: unknown): void {
    if (this.#closed) return;
    const { message } = thrown instanceof Error ? thrown : { message: String(thrown) };
    const remedy = thrown instanceof HotcellError && thrown.facts.remedy ? ` ${thrown.facts.remedy}` : "";
    console.error(harmlessLines(`${subject} was not deployed: ${message}${remedy}`));
  }
}

function nameOf(file: string): string {
  return basename(file, extname(file));
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
    throw thrown;
  }
}

/** Settings of a text, of which no part is told where it is none: it may be a secret. */
function parseSettings(name: string, text: Buffer): SettingsInput {
  let settings: unknown;
  try {
    settings = JSON.parse(text.toString());
  } catch {
    // Told below.
  }
  if (isObject(settings)) return settings;
  throw new HotcellError("bad-settings", `${name}.json is no JSON object with settings.`, {
    subject: `${name}.json`,
    expected: 'an object, such as { "grants": { "clocks": true } }',
    remedy: "Write the settings as PATCH /plugins/NAME takes them.",
  });
}

/** A merge patch (RFC 7396): all of `now`, and `null` for what only `before` has. */
function patchTo(now: object, before: object): SettingsInput {
  const was = new Map(Object.entries(before));
  const names = new Set(Object.keys(now));
  const gone = [...was.keys()].filter((name) => !names.has(name)).map((name) => [name, null]);
  const kept = Object.entries(now).map(([name, value]) => {
    const earlier = was.get(name);
    // A secret that is shown has other members than one that is given.
    const merged = isObject(value) && isObject(earlier) && !("secret" in value);
    return [name, merged ? patchTo(value, earlier) : value];
  });
  return Object.fromEntries([...gone, ...kept]);
}
