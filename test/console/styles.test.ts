/** Style sheets of the console: whoever names a class finds nobody else's rules at it. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pageFolder } from "../../host/console/page-sources.ts";

const sheets = readdirSync(`${pageFolder}/styles`).map((name) => ({
  name,
  text: readFileSync(`${pageFolder}/styles/${name}`, "utf8"),
}));

it("define no class in two sheets", () => {
  const places = new Map<string, string[]>();
  for (const { name, text } of sheets) {
    const own = new Set(Array.from(text.matchAll(/^\.([a-z0-9-]+) \{/gm), ([, found]) => found!));
    for (const each of own) places.set(each, [...(places.get(each) ?? []), name]);
  }
  expect([...places].filter(([, names]) => names.length > 1)).toEqual([]);
});

it("name colours in tokens.css only", () => {
  const colours = /#[0-9a-f]{3,8}\b|\b(?:hsl|oklch|lab)\(/gi;
  const named = sheets
    .filter(({ name }) => name !== "tokens.css")
    .flatMap(({ text }) => text.match(colours) ?? []);
  expect(named).toEqual([]);
});
