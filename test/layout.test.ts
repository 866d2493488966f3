import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** ARCHITECTURE.md, Floors: a layer may import itself and those before it. A file of host/ itself is its own layer. */
const order = [
  "text",
  "errors.ts",
  "platform",
  "fuel-prices.ts",
  "wit",
  "wasm",
  "component",
  "harden",
  "engine",
  "backends",
  "capabilities",
  "placement",
  "drive",
  "store",
  "access",
  "registry",
  "http",
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

/** The files of ours that a file imports, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
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

  it("keeps the toolchain to host/text, host/wit, host/component and host/errors.ts", () => {
    const wrong = sources
      .filter((file) => file.startsWith("guest-plugins/toolchain/"))
      .flatMap((file) =>
        importsOf(file)
          .filter(
            (target) =>
              !/^(guest-plugins\/toolchain\/|host\/(text|wit|component)\/|host\/errors\.ts$)/.test(target),
          )
          .map((target) => `${file} imports ${target}`),
      );
    expect(wrong).toEqual([]);
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
