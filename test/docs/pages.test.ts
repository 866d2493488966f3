/** Pages of the repository: links, tables, and what comments in the code refer to. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { brokenLinks } from "../support/markdown-links.ts";
import { brokenTables } from "../support/markdown-tables.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Files with an ending, of the folder itself or of those that pages and code are in. */
const files = (ending: string) =>
  ["docs", "examples", "guest-plugins", "host", "test", "tools"]
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) =>
        join(folder, path),
      ),
    )
    .concat(readdirSync(root))
    .filter((path) => path.endsWith(ending) && !path.includes("node_modules"));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = files(".md");

it("has links that all lead somewhere", () => {
  expect(pages.length).toBeGreaterThan(20);
  expect(brokenLinks(root, pages)).toEqual([]);
});

it("names tests and tools that there are", () => {
  const named = ["README.md", "SECURITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "RATIONALE.md"].flatMap(
    (page) =>
      [...read(page).matchAll(/`((?:test|tools|bench|host|guest-plugins|docs)\/[\w./-]+)`/g)].map(
        ([, path = ""]) => ({ page, path }),
      ),
  );
  expect(named.length).toBeGreaterThan(60);
  expect(named.filter(({ path }) => !existsSync(join(root, path)))).toEqual([]);
});

it("shows every promise of the README by a test", () => {
  const [, table = ""] =
    /\n\| promise \| shown by \|\n\| --- \| --- \|\n((?:\|.*\n)+)/.exec(read("README.md")) ?? [];
  const promises = table.trim().split("\n");
  expect(promises).toHaveLength(5);
  expect(promises.filter((row) => !row.includes("`test/"))).toEqual([]);
});

it("sends a token with each command that changes something", () => {
  const commands = pages.flatMap((page) =>
    read(page)
      .replaceAll("\\\n", " ")
      .split("\n")
      .filter((line) => /^curl (?:.* )?(?:-T|-X (?:PUT|PATCH|DELETE)|-X POST .*\/plugins\/)/.test(line))
      .map((line) => `${page}: ${line}`),
  );
  expect(commands.length).toBeGreaterThan(15);
  expect(commands.filter((line) => !line.includes("Authorization: Bearer "))).toEqual([]);
});

it("has tables whose rows all belong to one", () => {
  expect(pages.flatMap((page) => brokenTables(read(page)).map((line) => `${page}: ${line}`))).toEqual([]);
});

it("sees a table that is broken by a blank line, or a row that has lost a cell", () => {
  const table = ["| a | b |", "| --- | --- |", "| `x \\| y` | 1 |", "| 2 | 3 |"];
  expect(brokenTables(table.join("\n"))).toEqual([]);
  expect(brokenTables(table.toSpliced(3, 0, "").join("\n"))).toEqual(["| 2 | 3 |"]);
  expect(brokenTables(table.toSpliced(2, 1, "| 1 |").join("\n"))).toEqual(["| 1 |"]);
  expect(brokenTables(table.toSpliced(2, 1, "| 1 | 2").join("\n"))).toEqual(["| 1 | 2"]);
  expect(brokenTables(["```", "| 1 |", "```"].join("\n"))).toEqual([]);
});

it("has the sections that comments refer to", () => {
  const references = files(".ts").flatMap((file) =>
    [...read(file).matchAll(/\(((?:[\w-]+\/)*[\w-]+\.md)(?:, ([^);]+))?\)/g)].map(
      ([, page = "", section]) => ({
        file,
        page,
        section: section?.replace(/\s*\n\s*\*?\s*/g, " "),
      }),
    ),
  );
  const ours = references.filter(({ page }) => pages.includes(page));
  expect(ours.length).toBeGreaterThan(9);
  const missing = ours.filter(({ page, section }) => section && !headings(page).includes(section));
  expect(missing).toEqual([]);
});

/** Headings of a page, without the question mark. */
function headings(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*?)\??$/gm)].map(([, heading = ""]) => heading);
}
