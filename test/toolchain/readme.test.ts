import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const folder = new URL("../../guest-plugins/", import.meta.url);
const sources = ["shapes", "kv-cache", "router"].flatMap((name) => {
  const assembly = new URL(`${name}/assembly/`, folder);
  const files = readdirSync(assembly).filter((file) => file.endsWith(".ts"));
  return files.map((file) => readFileSync(new URL(file, assembly), "utf8"));
});

const readme = readFileSync(new URL("toolchain/README.md", folder), "utf8");
const table = readme.slice(readme.indexOf("\n## Types\n"), readme.indexOf("\n## Resources\n"));
const rows = table
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| WIT") && !line.startsWith("| ---"))
  // A bar within code is escaped.
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|")));

test("the table of types has rows", () => {
  expect(rows.length).toBeGreaterThan(15);
});

test.each(rows.map((cells) => [cells[1]!, cells[3]!]))(
  "%s: its example is part of an example plugin",
  (_, example) => {
    const code = example.replace(/^`|`$/g, "");
    expect(sources.some((text) => text.includes(code))).toBe(true);
  },
);
