/** Pages of the layers: each folder of the host says what it is, what is in it, and what it may not know. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const host = fileURLToPath(new URL("../../host", import.meta.url));
const layers = readdirSync(host, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe.each(layers.map(({ name }) => name))("host/%s", (layer) => {
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
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => `${name}/`).filter((name) => !named.includes(name))).toEqual([]);
  });
});
