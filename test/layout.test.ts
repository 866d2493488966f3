import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** ARCHITECTURE.md, Floors: a layer may import itself and those before it. A file of host/ itself is its own layer. */
const order = [
  "bounds",
  "text",
  "errors.ts",
  "platform",
  "skew",
  "tree",
  "sqlite",
  "nats",
  "fuel-prices.ts",
  "wit",
  "wasm",
  "component",
  "describe",
  "harden",
  "engine",
  "observe",
  "backends",
  "capabilities",
  "drive",
  "placement",
  "store",
  "access",
  "registry",
  "nodes",
  "embedding",
  "sources",
  "console",
  "http",
  "workers",
  "host.ts",
  "open.ts",
  "index.ts",
  "server.ts",
  "cli",
  "main.ts",
];

const sources = ["host", "guest-plugins/toolchain"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name))),
);

/** Files of ours that are loaded with one, itself among them: whatever it imports for more than types. */
function reachedFrom(file: string, reached: Set<string> = new Set()): Set<string> {
  if (reached.has(file)) return reached;
  reached.add(file);
  const statements = /^(?:import|export)\b(?! type\b)(?:[^;"]*?\bfrom)?\s*"(\.{1,2}\/[^"$]+)"/gm;
  const dynamic = /\bimport\("(\.{1,2}\/[^"$]+)"\)/g;
  const text = textOf(file);
  for (const [, specifier] of [...text.matchAll(statements), ...text.matchAll(dynamic)])
    reachedFrom(relative(root, resolve(root, dirname(file), specifier!)), reached);
  return reached;
}

/** Names of the packages that a file imports for more than types; not Node's own modules. */
function packagesOf(file: string): string[] {
  const statements = /^(?:import|export)\b(?! type\b)(?:[^;"]*?\bfrom)?\s*"((?!node:)[^."][^"]*)"/gm;
  return [...textOf(file).matchAll(statements)].map(([, name]) => name!);
}

function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** The files of ours that a file imports, types included. */
function importsOf(file: string): string[] {
  const text = textOf(file);
  // Statements begin a line; text inside templates (the toolchain writes imports) does not count.
  const statements = /^(?:import|export)\b(?:[^;"]*?\bfrom)?\s*"(\.{1,2}\/[^"$]+)"/gm;
  const dynamic = /\bimport\("(\.{1,2}\/[^"$]+)"\)/g;
  const specifiers = [...text.matchAll(statements), ...text.matchAll(dynamic)].map((match) => match[1]!);
  return specifiers.map((specifier) => relative(root, resolve(root, dirname(file), specifier)));
}

function layerOf(file: string): string {
  const [, second = ""] = file.split("/");
  return second;
}

/** Folders inside a layer whose order is fixed: each may import those before it, and the layer's own files. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  "host/wit": ["text", "values", "json", "diff"],
  "host/component": ["validate", "decode"],
  "host/harden": ["scan", "rewrite"],
  "host/engine": ["fuel", "abi", "link", "cell", "jco", "direct"],
  "host/store": ["memory", "sqlite", "nats"],
  "host/cli": ["wit", "build", "checks", "scaffold", "server", "shown", "remote", "doctor", "verbs"],
  "guest-plugins/toolchain": ["world", "glue", "author", "asc", "check", "output", "lines"],
};

/** The folder below a layer that a file lies in; undefined for a file of the layer itself. */
function roomOf(layer: string, file: string): string | undefined {
  const [room, more] = relative(layer, file).split("/");
  return more === undefined ? undefined : room;
}

describe("layout", () => {
  it("is drawn in ARCHITECTURE.md", () => {
    const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
    const [, table = ""] = /\| layer \| \|\n\| --- \| --- \|\n((?:\|.*\n)+)/.exec(page) ?? [];
    const rows = [...table.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)];
    expect(rows.map(([, layer]) => layer)).toEqual(order);
  });

  it("knows every layer of host/", () => {
    const layers = new Set(sources.filter((file) => file.startsWith("host/")).map(layerOf));
    expect([...layers].filter((layer) => !order.includes(layer))).toEqual([]);
  });

  it("imports only from the same layer or the ones before it", () => {
    const wrong = sources
      .filter((file) => file.startsWith("host/"))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => {
            if (target.startsWith("guest-plugins/toolchain/")) return layerOf(file) !== "cli";
            return (
              !target.startsWith("host/") || order.indexOf(layerOf(target)) > order.indexOf(layerOf(file))
            );
          })
          .map((target) => `${file} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(rooms))(
    "imports inside %s only from the same room or the ones before it",
    (layer, known) => {
      const files = sources.filter((file) => file.startsWith(`${layer}/`));
      const found = new Set(files.flatMap((file) => roomOf(layer, file) ?? []));
      expect([...found].sort()).toEqual([...known].sort());
      const wrong = files.flatMap((file) =>
        importsOf(file)
          .filter((target) => {
            const [from, to] = [roomOf(layer, file), roomOf(layer, target)];
            if (!target.startsWith(`${layer}/`) || from === undefined || to === undefined) return false;
            return known.indexOf(to) > known.indexOf(from);
          })
          .map((target) => `${file} imports ${target}`),
      );
      expect(wrong).toEqual([]);
    },
  );

  it("keeps the two engines beside each other: neither needs anything of the other", () => {
    const folders = ["host/engine/direct/", "host/engine/jco/"];
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter(
          (target) =>
            folders.some((own) => file.startsWith(own)) &&
            folders.some((other) => target.startsWith(other) && !file.startsWith(other)),
        )
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps the toolchain to host/text, host/wit, host/wasm, host/component and host/errors.ts", () => {
    const wrong = sources
      .filter((file) => file.startsWith("guest-plugins/toolchain/"))
      .flatMap((file) =>
        importsOf(file)
          .filter(
            (target) =>
              !/^(guest-plugins\/toolchain\/|host\/(text|wit|wasm|component)\/|host\/errors\.ts$)/.test(
                target,
              ),
          )
          .map((target) => `${file} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it("loads no package in a plugin's process but those that it may read", () => {
    const loaded = reachedFrom("host/placement/process/child.ts");
    const needed = [...loaded].flatMap((file) => packagesOf(file).map((name) => `${name} (${file})`));
    const list = /const packages[^=]*= \[([^\]]*)\]/.exec(textOf("host/placement/process/launch.ts"))![1]!;
    const readable = [...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name!);
    expect(needed.filter((each) => !readable.includes(each.split(" ")[0]!))).toEqual([]);
    expect(new Set(needed.map((each) => each.split(" ")[0]))).toEqual(new Set(readable));
  });

  it("has no import cycles", () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      const start = path.indexOf(file);
      if (start >= 0) cycles.push([...path.slice(start), file].join(" → "));
      if (start >= 0 || done.has(file)) return;
      for (const target of importsOf(file)) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("re-exports nothing inside host/ but from index.ts", () => {
    const barrels = sources.filter(
      (file) =>
        file !== "host/index.ts" &&
        /^export (\*|\{[^}]*\}|type \{[^}]*\}) from /m.test(readFileSync(join(root, file), "utf8")),
    );
    expect(barrels).toEqual([]);
  });
});

/** State that modules hold, and why that has no owner that could be closed. */
const states: Readonly<Record<string, string>> = {
  "host/harden/off-thread.ts: last": "threads are the process's: one large module at a time, whoever asks",
  "host/engine/fuel/tank.ts: look":
    "guests run one at a time in a thread, and this is what the thread has to look at meanwhile",
  "host/engine/engine.ts: suspendingFunctions": "marks on functions, gone with them",
  "host/placement/inline/idle.ts: holders":
    "one timer for all who keep idle cells; each leaves when it is closed",
  "host/placement/inline/idle.ts: timer": "the same",
  "host/placement/process/launch.ts: found": "files of this installation, which stay where they are",
  "host/platform/end-with-parent.ts: works": "found out once about the machine",
  "host/platform/inherited-files.ts: found": "found out once about this process",
  "host/platform/own-bundle.ts: changed": "the sources that this process has loaded, whatever comes of them",
  "guest-plugins/toolchain/wasm-tools.ts: loading": "a library, loaded once",
};

describe("state", () => {
  it("is held by objects and not by modules, or by those whose reason is told here", () => {
    const held =
      /^(?:export )?(?:let (\w+)|const (\w+)(?:: [^=]+)? = new (?:Map|WeakMap|Set|WeakSet)(?:<[^(]*>)?\(\))/gm;
    const programs =
      /^host\/(placement\/process\/child|backends\/files\/files-worker|cli\/scaffold\/templates)\.ts$/;
    const found = sources
      .filter((file) => !programs.test(file))
      .flatMap((file) =>
        [...readFileSync(join(root, file), "utf8").matchAll(held)].map(
          ([, variable, constant]) => `${file}: ${variable ?? constant}`,
        ),
      );
    expect(found.sort()).toEqual(Object.keys(states).sort());
  });
});

describe("prices of fuel", () => {
  it("stand in fuel-prices.ts, and nowhere else", () => {
    const figure =
      /^(?:export )?const (\w*(?:Costs?|Prices?|PerUnit|cost|price)) = (?:\d|[{[][^;]*?: \d{2})/gm;
    const elsewhere = sources
      .filter((file) => /^host\/(wasm|harden|engine|capabilities|backends)\//.test(file))
      .flatMap((file) =>
        [...readFileSync(join(root, file), "utf8").matchAll(figure)].map(([, name]) => `${file}: ${name}`),
      );
    expect(elsewhere).toEqual([]);
  });
});

describe("files and names", () => {
  const own = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)));

  it("name no two source files alike", () => {
    expect(repeated(sources.map((file) => basename(file)))).toEqual([]);
  });

  it("are short: half of the source files have at most 100 lines, and none more than 420", () => {
    const lengths = sources.map((file) => linesOf(file)).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(100);
    expect(sources.filter((file) => linesOf(file) > 420)).toEqual([]);
  });

  it("name no two exported classes and types alike", () => {
    const exported = sources.flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      // Programs that the toolchain writes have names of their own.
      const code = text.replace(/`(?:\\.|[^`\\])*`/g, "``");
      const declared = code.matchAll(/^export (?:abstract )?(?:class|interface|type|enum) (\w+)/gm);
      return Array.from(declared, ([, name]) => name!);
    });
    expect(repeated(exported)).toEqual([]);
  });

  it("say in a docblock's first word what it is about", () => {
    const wrong = sources.flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      return Array.from(text.matchAll(/\/\*\*\s*(?:\*\s*)?(\w+)[^\n]*/g))
        .filter(([, word]) => notNouns.has(word!))
        .map(([line]) => `${file}: ${line}`);
    });
    expect(wrong).toEqual([]);
  });

  it("lie at most 25 in a folder, or its README says why it has more than 25", () => {
    const all = ["host", "guest-plugins", "test", "tools", "bench", "examples", "docs"]
      .filter((folder) => existsSync(join(root, folder)))
      .flatMap(own);
    const folders = Map.groupBy(all, (file) => dirname(file));
    const full = [...folders].filter(([folder, files]) => {
      const readme = join(root, folder, "README.md");
      return (
        files.length > 25 && !(existsSync(readme) && readFileSync(readme, "utf8").includes("more than 25"))
      );
    });
    expect(full.map(([folder, files]) => `${folder}: ${files.length}`)).toEqual([]);
  });
});

/**
 * Words that no docblock begins with. A reader who looks a name up wants to know what it names; a sentence that begins with
 * one of these says so late, and only to who has read the name already.
 */
const notNouns: ReadonlySet<string> = new Set([
  ...["Those", "What", "Whether", "Of", "By", "For", "How", "As", "Whose", "Which", "Where", "When"],
]);

function linesOf(file: string): number {
  return readFileSync(join(root, file), "utf8").split("\n").length - 1;
}

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.has(name) || !seen.add(name));
}
