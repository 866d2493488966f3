/** Pages of the layers and of their larger folders: what each is, what is in it, and what it may not know. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const host = fileURLToPath(new URL("../../host", import.meta.url));
/** Files beyond which a folder inside of a layer needs a page too. */
const maxFiles = 11;
const foldersIn = (folder: string) =>
  readdirSync(join(host, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));
const layers = foldersIn("");
const large = layers.flatMap(foldersIn).filter((folder) => {
  const entries = readdirSync(join(host, folder));
  return entries.includes("README.md") || entries.length > maxFiles;
});

describe.each([...layers, ...large])("host/%s", (layer) => {
  const folder = join(host, layer);
  const page = existsSync(join(folder, "README.md")) ? readFileSync(join(folder, "README.md"), "utf8") : "";

  it("has a page of some ten lines that says what it may not know", () => {
    const lines = page.split("\n").filter((line) => line !== "");
    expect(lines[0]).toBe(`# ${layer}`);
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.length).toBeLessThan(40);
    expect(page).toContain("May not know");
  });

  it("names all its folders, and no file that is not there", () => {
    const named = [...page.matchAll(/`([\w-]+(?:\.ts|\.mjs|\/))`/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !existsSync(join(folder, name)))).toEqual([]);
    // Capabilities are listed in their table.
    if (layer === "capabilities") return;
    const folders = foldersIn(layer).map((path) => `${basename(path)}/`);
    expect(folders.filter((name) => !named.includes(name))).toEqual([]);
  });
});

describe("guest-plugins/toolchain", () => {
  it("has a page that names all its folders, and no file that is not there", () => {
    const folder = join(host, "../guest-plugins/toolchain");
    const page = readFileSync(join(folder, "README.md"), "utf8").split("## How it works")[1]!;
    const rows = [...page.matchAll(/^\| `([\w-]+)\/` \| (.*) \|$/gm)];
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rows.map(([, name]) => name).toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
    const files = rows.flatMap(([, name = "", text = ""]) =>
      [...text.matchAll(/`([\w-]+\.ts)`/g)].map(([, file = ""]) => join(folder, name, file)),
    );
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });
});
